internal import Platform
internal import Synchronization

/// When a watch's stream was last heard, and whether it is being listened to: silence while the
/// reader is busy says nothing about the store.
final class WatchPulse: Sendable {
    private struct State {
        var lastHeardNanoseconds = Clock.nowNanoseconds()
        var isListening = true
        var isCreated = false
    }
    private let state = Mutex(State())

    func created() {
        state.withLock { $0.isCreated = true }
    }

    /// Notes that what was heard is being handed over, or that this is done.
    func listens(_ isListening: Bool) {
        state.withLock { state in
            state.isListening = isListening
            state.lastHeardNanoseconds = Clock.nowNanoseconds()
        }
    }

    var isCreated: Bool { state.withLock(\.isCreated) }

    /// Whether something came since a moment; true while nobody listens, too.
    func wasHeard(sinceNanoseconds moment: UInt64) -> Bool {
        state.withLock { !$0.isListening || $0.lastHeardNanoseconds >= moment }
    }

    /// For how long it has been silent; 0 while nobody listens.
    var silentSeconds: Double {
        state.withLock { state in
            guard state.isListening else { return 0 }
            return Double(Clock.nowNanoseconds() - state.lastHeardNanoseconds) / 1e9
        }
    }
}
