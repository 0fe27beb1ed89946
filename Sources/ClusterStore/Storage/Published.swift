internal import FoundationEssentials
internal import Synchronization

/// What is on disk, as far as watchers are concerned: the last revision, and the latest events, so
/// that those who keep up need not read the database.
final class Published: Sendable {
    /// Where the history stands.
    struct Position: Sendable, Hashable {
        var revision: Int64
        var compactedRevision: Int64
    }

    private struct State {
        var position: Position
        var events: [Mvccpb_Event] = []
        var byteCount = 0
        /// Events of later revisions are all in `events`.
        var floor: Int64
        var listeners: [UInt64: @Sendable () -> Void] = [:]
        var nextListener: UInt64 = 0
    }

    /// Events kept, and their bytes.
    private static let eventLimit = 8192
    private static let byteLimit = 32 << 20

    private let state: Mutex<State>

    init(position: Position) {
        state = Mutex(State(position: position, floor: position.revision))
    }

    var position: Position { state.withLock { $0.position } }

    /// Tells all listeners, after the changes can be read.
    func publish(_ draft: Draft) {
        let listeners = state.withLock { state -> [@Sendable () -> Void] in
            let before = state.position
            state.position = Position(
                revision: draft.revision, compactedRevision: draft.compactedRevision)
            state.events += draft.events
            state.byteCount += draft.events.reduce(0) { $0 + $1.byteCount }
            Self.trim(&state)
            return before == state.position ? [] : Array(state.listeners.values)
        }
        for listener in listeners { listener() }
    }

    /// The events of a span of keys from a revision on, up to another or a limit of bytes, and then
    /// to the end of the revision. Nil where the first lies further back than what is kept.
    func events(in span: KeySpan, from first: Int64, through last: Int64) -> EventBatch? {
        state.withLock { state in
            guard first > state.floor else { return nil }
            var batch = EventBatch(through: last)
            for event in state.events[state.events.firstIndex(fromSorted: first)...] {
                let revision = event.kv.modRevision
                guard revision <= last, batch.takes(revision) else { break }
                if span.contains(event.kv.key) { batch.append(event) }
            }
            return batch
        }
    }

    /// Has the listener called after each commit that changed something, from the writing queue: it
    /// must not wait.
    func addListener(_ listener: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = listener
            return state.nextListener
        }
    }

    func removeListener(_ number: UInt64) {
        state.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }

    /// Drops the oldest half, by whole revisions, where there is too much.
    private static func trim(_ state: inout State) {
        guard state.events.count > eventLimit || state.byteCount > byteLimit else { return }
        var count = 0
        var byteCount = state.byteCount
        while count < state.events.count,
            state.events.count - count > eventLimit / 2 || byteCount > byteLimit / 2
        {
            byteCount -= state.events[count].byteCount
            count += 1
        }
        let floor = state.events[count - 1].kv.modRevision
        while count < state.events.count, state.events[count].kv.modRevision == floor {
            byteCount -= state.events[count].byteCount
            count += 1
        }
        state.events.removeFirst(count)
        state.byteCount = byteCount
        state.floor = floor
    }
}

extension Mvccpb_Event {
    /// About what it takes in memory and on the wire.
    var byteCount: Int { kv.key.count + kv.value.count + 64 }
}

extension [Mvccpb_Event] {
    /// Where the events of a revision and later ones begin.
    fileprivate func firstIndex(fromSorted revision: Int64) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = (low + high) / 2
            if self[middle].kv.modRevision < revision { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
