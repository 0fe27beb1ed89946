internal import GRPCCore
internal import Synchronization

/// Renews leases over one stream of a connection.
///
/// A stream that stands costs the store one message for each renewal, where a call of its own
/// would cost a stream: so it is what lasts longest under overload. Renewals do not wait for each
/// other; one that is not answered in time fails with its attempt, and the next attempt has
/// another connection.
final class RenewalStream: Sendable {
    typealias Answer = Result<Etcdserverpb_LeaseKeepAliveResponse, RPCError>

    private struct Waiter {
        var number: UInt64
        var continuation: CheckedContinuation<Answer, Never>
    }

    private struct State {
        var requests: AsyncStream<Int64>.Continuation?
        var attempt: Attempt?
        var waiters: [Int64: [Waiter]] = [:]
        var lastNumber: UInt64 = 0
        /// Waiters whose task was cancelled before they were entered.
        var cancelled: Set<UInt64> = []
        var isEnded = false
    }

    private let client: GRPCClient<TrackedTransport>
    private let executor: LoopExecutor?
    private let state = Mutex(State())

    init(_ client: GRPCClient<TrackedTransport>, executor: LoopExecutor?) {
        self.client = client
        self.executor = executor
    }

    /// Renews a lease and waits for the answer, or the end of the task.
    func renew(_ id: Int64) async throws -> Etcdserverpb_LeaseKeepAliveResponse {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enter(Waiter(number: number, continuation: continuation), for: id)
            }
        } onCancel: {
            leave(number, for: id)
        }
        return try answer.get()
    }

    /// No more renewals on this stream.
    func end() {
        let requests = state.withLock { state in
            state.isEnded = true
            return state.requests.take()
        }
        requests?.finish()
    }

    private func enter(_ waiter: Waiter, for id: Int64) {
        let early: Answer? = state.withLock { state in
            if state.cancelled.remove(waiter.number) != nil { return .failure(Self.cancelled) }
            guard !state.isEnded else { return .failure(Self.ended) }
            state.waiters[id, default: []].append(waiter)
            if let requests = state.requests {
                if state.attempt?.wasSent == true { Attempt.current?.markSent() }
                requests.yield(id)
            } else {
                open(&state, first: id)
            }
            return nil
        }
        if let early { waiter.continuation.resume(returning: early) }
    }

    private func leave(_ number: UInt64, for id: Int64) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters[id]?.firstIndex(where: { $0.number == number }) else {
                state.cancelled.insert(number)
                return nil
            }
            return state.waiters[id]?.remove(at: index)
        }
        waiter?.continuation.resume(returning: .failure(Self.cancelled))
    }

    private func open(_ state: inout State, first id: Int64) {
        let (requests, continuation) = AsyncStream.makeStream(of: Int64.self)
        continuation.yield(id)
        state.requests = continuation
        state.attempt = Attempt.current
        let leases = Etcdserverpb_Lease.Client(wrapping: client)
        // The stream outlives the attempt that opens it, and tells that one when it stands.
        Task(executorPreference: executor) { [self] in
            var failure = Self.ended
            do {
                try await leases.leaseKeepAlive { writer in
                    for await id in requests {
                        var request = Etcdserverpb_LeaseKeepAliveRequest()
                        request.id = id
                        try await writer.write(request)
                    }
                } onResponse: { response in
                    for try await answer in response.messages { self.deliver(answer) }
                }
            } catch let error as RPCError {
                failure = error
            } catch {
                failure.message = "\(error)"
            }
            fail(failure)
        }
    }

    /// Answers come in the order of the requests.
    private func deliver(_ answer: Etcdserverpb_LeaseKeepAliveResponse) {
        let waiter: Waiter? = state.withLock { state in
            guard state.waiters[answer.id]?.isEmpty == false else { return nil }
            return state.waiters[answer.id]?.removeFirst()
        }
        waiter?.continuation.resume(returning: .success(answer))
    }

    private func fail(_ error: RPCError) {
        let waiters = state.withLock { state in
            let waiters = state.waiters.values.flatMap { $0 }
            state.waiters = [:]
            state.requests = nil
            return waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(error)) }
    }

    private static let ended = RPCError(
        code: .unavailable, message: "the stream of renewals ended")
    private static let cancelled = RPCError(code: .cancelled, message: "nobody waits any more")
}
