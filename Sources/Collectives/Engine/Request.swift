internal import Platform
internal import Schedules
internal import Synchronization

/// A non-blocking operation: queued, running, or done.
@safe package final class Request: @unchecked Sendable {
    // `call` and `algorithm` never change; the outcome is behind a lock.
    let call: Call
    /// Which process started it: in a forked child it has failed.
    private let generation = ForkGuard.generation
    let algorithm: Algorithm?
    /// Keeps the buffers alive until the end.
    private let owner: Mutex<(any AnyObject & Sendable)?>
    private let outcome = Mutex<Outcome>(.pending([]))
    private let isFinished = Atomic<Bool>(false)

    private enum Outcome {
        case pending([@Sendable (CollectiveError?) -> Void])
        case finished(CollectiveError?)
    }

    init(_ call: Call, algorithm: Algorithm?, owner: (any AnyObject & Sendable)?) {
        self.owner = Mutex(owner)
        unsafe self.call = call
        self.algorithm = algorithm
    }

    /// Whether it has ended, well or not.
    package var isDone: Bool { isForeign || isFinished.load(ordering: .acquiring) }

    private var isForeign: Bool { ForkGuard.generation != generation }

    /// The error it ended with, nil for success and before the end.
    package var error: CollectiveError? {
        guard !isForeign else { return Engine.foreign }
        return outcome.withLock {
            if case .finished(let error) = $0 { error } else { nil }
        }
    }

    /// Calls `body` at the end, or at once; on the thread that drives the engine.
    package func whenDone(_ body: @escaping @Sendable (CollectiveError?) -> Void) {
        guard !isForeign else { return body(Engine.foreign) }
        let finished: CollectiveError?? = outcome.withLock { outcome in
            switch outcome {
            case .finished(let error): return error
            case .pending(let bodies):
                outcome = .pending(bodies + [body])
                return .none
            }
        }
        if case .some(let error) = finished { body(error) }
    }

    /// Suspends until the end, and throws what the operation ended with.
    func end() async throws(CollectiveError) {
        let error: CollectiveError? = await withCheckedContinuation { continuation in
            whenDone { continuation.resume(returning: $0) }
        }
        if let error { throw error }
    }

    func finish(_ error: CollectiveError?) {
        let bodies = outcome.withLock { outcome -> [@Sendable (CollectiveError?) -> Void] in
            guard case .pending(let bodies) = outcome else { return [] }
            outcome = .finished(error)
            return bodies
        }
        owner.withLock { $0 = nil }
        isFinished.store(true, ordering: .releasing)
        for body in bodies { body(error) }
    }
}
