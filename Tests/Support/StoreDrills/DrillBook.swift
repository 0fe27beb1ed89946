internal import Synchronization

internal import ClusterStore

/// What clients were told by a store, and what must be true because of it.
final class DrillBook: Sendable {
    /// What one revision did.
    struct Change: Hashable, Sendable, CustomStringConvertible {
        var key: String
        /// Nil for a deletion.
        var value: String?

        var description: String { "\(key) = \(value.map { "\($0.prefix(24))" } ?? "deleted")" }
    }

    private struct State {
        var acknowledged: [Int64: Change] = [:]
        var highest: Int64 = 0
        var unknownCount = 0
        var violations: [String] = []
    }

    private let state = Mutex(State())

    var acknowledged: [Int64: Change] { state.withLock { $0.acknowledged } }
    /// The highest revision that anybody was told.
    var highest: Int64 { state.withLock { $0.highest } }
    /// Requests of which nobody knows whether they were done.
    var unknownCount: Int { state.withLock { $0.unknownCount } }
    var violations: [String] { state.withLock { $0.violations } }

    func acknowledge(_ change: Change, at revision: Revision) {
        state.withLock { state in
            if let other = state.acknowledged.updateValue(change, forKey: revision.rawValue) {
                state.violations.append(
                    "revision \(revision) was given to \(other) and to \(change)")
            }
            state.highest = max(state.highest, revision.rawValue)
        }
    }

    func loseTrack() {
        state.withLock { $0.unknownCount += 1 }
    }

    func violate(_ what: String) {
        state.withLock { $0.violations.append(what) }
    }

    /// Holds a list of events against what was acknowledged, and against itself: every revision once,
    /// in order, none left out.
    func judge(_ events: [StoreEvent], _ who: String, first: Int64, last: Int64) {
        var expected = first
        let acknowledged = acknowledged
        for event in events {
            let revision = event.revision.rawValue
            if revision != expected {
                violate("\(who) saw revision \(revision) where \(expected) was next")
            }
            expected = revision + 1
            let change = Change(
                key: event.key.text, value: event.kind == .put ? event.keyValue.text : nil)
            if let promised = acknowledged[revision], promised != change {
                violate("\(who) saw \(change) at revision \(revision), not \(promised)")
            }
        }
        if expected != last + 1 {
            violate("\(who) saw everything up to \(expected - 1), not up to \(last)")
        }
        let seen = Set(events.map(\.revision.rawValue))
        for (revision, change) in acknowledged where revision >= first && !seen.contains(revision) {
            violate("\(who) did not see the acknowledged \(change) of revision \(revision)")
        }
    }
}
