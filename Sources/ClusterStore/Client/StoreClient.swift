internal import GRPCCore
internal import Platform
internal import Synchronization

/// A client of a store that speaks etcd's v3 interface: etcd, or Martlet's own controller.
///
/// It is safe to use from any task. It connects with the first call, moves to another endpoint when
/// one fails, and reads its certificates again when their files change. Every call has a deadline.
package final class StoreClient: Sendable {
    package let configuration: StoreClientConfiguration
    let threads: ClientThreads
    let connections: ConnectionPool

    /// - Throws: `.invalidConfiguration` when there is no endpoint, or one needs certificates that
    ///   are not given or cannot be read.
    package init(configuration: StoreClientConfiguration) throws(StoreError) {
        self.configuration = configuration
        threads = ClientThreads(configuration.threads)
        connections = try ConnectionPool(configuration, threads: threads)
    }

    deinit {
        connections.close()
        threads.stop()
    }

    /// Waits until its task is cancelled, then closes the client: a service for those who run
    /// their parts as services. Calls work before it and without it.
    package func run() async {
        while !Task.isCancelled {
            await threads.sleep(seconds: 3600)
        }
        close()
    }

    /// Ends what is under way and refuses what comes. The client cannot be used again.
    package func close() {
        connections.close()
    }
}

/// What a call does when its attempt fails.
enum CallKind: Sendable {
    /// It can be repeated: it changes nothing, or the same again.
    case reading
    /// It is repeated only where the first attempt did not leave this process.
    case writing
}

extension StoreClient {
    /// Makes attempts until one is answered, none is allowed any more, or time is up.
    func call<Result: Sendable>(
        _ kind: CallKind, _ timeoutSeconds: Double?,
        _ body: @escaping @Sendable (Connection, CallOptions) async throws -> Result
    ) async throws(StoreError) -> Result {
        let seconds = timeoutSeconds ?? configuration.requestTimeoutSeconds
        let deadline = Deadline(secondsFromNow: seconds)
        var lastFailure: StoreError?
        var refusalCount = 0
        while true {
            let connection = try await connections.next(before: deadline, after: lastFailure)
            let failure: AttemptFailure
            switch await attempt(kind, on: connection, before: deadline, body) {
            case .success(let result):
                connections.succeeded(connection)
                return result
            case .failure(let found): failure = found
            }
            if Task.isCancelled { throw Self.cancelled(connection) }
            if failure.isRefusal { refusalCount += 1 }
            let mayGoRound = failure.isRefusal && refusalCount < configuration.endpoints.count
            guard mayGoRound || failure.isRepeatable(kind) else {
                if failure.isAnswer {
                    connections.succeeded(connection)
                } else {
                    connections.failed(connection, wasSent: failure.wasSent)
                }
                throw failure.verdict(kind)
            }
            connections.failed(connection, wasSent: failure.wasSent)
            lastFailure = failure.error
        }
    }

    private static func cancelled(_ connection: Connection) -> StoreError {
        StoreError(
            .cancelled, "the call was cancelled by its caller", endpoint: "\(connection.endpoint)")
    }

    /// One attempt on one connection, with its own limits on connecting and answering.
    ///
    /// A write gets all the time there is for its answer: another attempt would not be made, and to
    /// give up early would only make its outcome unknown.
    private func attempt<Result: Sendable>(
        _ kind: CallKind, on connection: Connection, before deadline: Deadline,
        _ body: @escaping @Sendable (Connection, CallOptions) async throws -> Result
    ) async -> Swift.Result<Result, AttemptFailure> {
        let attempt = Attempt()
        let remaining = Double(deadline.remainingNanoseconds) / 1e9
        let limit =
            kind == .writing ? remaining : min(configuration.attemptTimeoutSeconds, remaining)
        let connectLimit = min(configuration.connectTimeoutSeconds, limit)
        let (threads, executor) = (threads, threads.executor)
        return await Attempt.$current.withValue(attempt) {
            await withTaskGroup(of: Swift.Result<Result, AttemptFailure>.self) { group in
                group.addTask(executorPreference: executor) {
                    do {
                        return .success(try await body(connection, .defaults))
                    } catch {
                        return .failure(AttemptFailure(error, attempt, connection.endpoint))
                    }
                }
                group.addTask(executorPreference: executor) {
                    await threads.sleep(seconds: connectLimit)
                    if attempt.wasSent { await threads.sleep(seconds: limit - connectLimit) }
                    return .failure(
                        .timedOut(attempt, connection.endpoint, seconds: limit, connectLimit))
                }
                let first = await group.next()
                group.cancelAll()
                return first ?? .failure(.timedOut(attempt, connection.endpoint, seconds: 0, 0))
            }
        }
    }
}
