internal import Synchronization

/// A task that begins when it is first wanted.
final class OnceTask: Sendable {
    private enum State {
        case waiting(@Sendable () async -> Void)
        case running(Task<Void, Never>)
        case cancelled
    }
    private let executor: LoopExecutor?
    private let state: Mutex<State>

    init(executor: LoopExecutor?, _ body: @escaping @Sendable () async -> Void) {
        self.executor = executor
        state = Mutex(.waiting(body))
    }

    func begin() {
        state.withLock { state in
            guard case .waiting(let body) = state else { return }
            state = .running(Task(executorPreference: executor) { await body() })
        }
    }

    func cancel() {
        state.withLock { state in
            if case .running(let task) = state { task.cancel() }
            state = .cancelled
        }
    }
}
