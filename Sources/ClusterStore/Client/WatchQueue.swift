internal import Synchronization

/// What a watch has read and its reader has not yet taken: bounded, so that a slow reader slows the
/// connection instead of filling memory. One task puts, one takes.
final class WatchQueue: Sendable {
    private struct State {
        var events: [WatchEvent] = []
        var end: Result<Void, StoreError>?
        var isAbandoned = false
        var putter: CheckedContinuation<Void, Never>?
        var taker: CheckedContinuation<Void, Never>?

        /// Who has to look again.
        mutating func wake() -> [CheckedContinuation<Void, Never>] {
            [putter.take(), taker.take()].compactMap { $0 }
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = max(limit, 1)
    }

    /// Waits until there is room. Answers whether somebody will read it.
    func put(_ event: WatchEvent) async -> Bool {
        while !Task.isCancelled {
            let verdict: Bool? = change { state in
                if state.isAbandoned { return false }
                guard state.events.count < limit else { return nil }
                state.events.append(event)
                return true
            }
            if let verdict { return verdict }
            await wait(\.putter) { $0.events.count >= self.limit && !$0.isAbandoned }
        }
        return false
    }

    /// Waits for an event; nil at the end, or when the task is cancelled.
    func take() async throws(StoreError) -> WatchEvent? {
        while !Task.isCancelled {
            let end: Result<Void, StoreError>?
            let event: WatchEvent?
            (event, end) = change { state in
                state.events.isEmpty ? (nil, state.end) : (state.events.removeFirst(), nil)
            }
            if let event { return event }
            if let end {
                try end.get()
                return nil
            }
            await wait(\.taker) { $0.events.isEmpty && $0.end == nil }
        }
        return nil
    }

    /// Nothing comes behind what is there.
    func finish(_ end: Result<Void, StoreError>) {
        change { $0.end = $0.end ?? end }
    }

    /// Nobody takes any more.
    func abandon() {
        change { $0.isAbandoned = true }
    }

    @discardableResult
    private func change<Answer>(_ body: (inout State) -> Answer) -> Answer {
        let (answer, woken) = state.withLock { state in
            let answer = body(&state)
            return (answer, state.wake())
        }
        for continuation in woken { continuation.resume() }
        return answer
    }

    /// Sleeps while `isPointless` holds, until something changes or the task is cancelled.
    private func wait(
        _ place: any WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable,
        while isPointless: @escaping @Sendable (State) -> Bool
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mayWait = state.withLock { state in
                    guard isPointless(state), !Task.isCancelled else { return false }
                    state[keyPath: place] = continuation
                    return true
                }
                if !mayWait { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
    }
}
