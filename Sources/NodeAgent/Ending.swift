internal import Synchronization

/// Something that ends once, and those who wait for it.
final class Ending: Sendable {
    private struct State {
        var isFinished = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Waits, whatever becomes of the task, until `finish`.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isLate = state.withLock { state in
                if !state.isFinished { state.waiters.append(continuation) }
                return state.isFinished
            }
            if isLate { continuation.resume() }
        }
    }

    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            return state.waiters.drain()
        }
        for waiter in waiters { waiter.resume() }
    }
}

extension Array {
    /// All elements; none is left.
    fileprivate mutating func drain() -> [Element] {
        defer { removeAll() }
        return self
    }
}
