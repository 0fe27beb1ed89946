internal import GRPCCore
internal import Platform

/// A watch at work: one stream after another, each where the last one ended.
struct WatchRun: Sendable {
    /// How a stream ended.
    enum End: Sendable {
        /// The connection failed, or nobody answered on it.
        case lost(AttemptFailure)
        /// The stream is to begin anew, where the cursor stands.
        case restart
        /// Nobody reads any more.
        case abandoned
    }

    private let client: StoreClient
    private let range: KeyRange
    private let options: WatchOptions
    private let queue: WatchQueue
    private var cursor: WatchCursor

    init(client: StoreClient, range: KeyRange, options: WatchOptions, queue: WatchQueue) {
        self.client = client
        self.range = range
        self.options = options
        self.queue = queue
        cursor = WatchCursor(from: options.from, after: options.after)
    }

    /// Runs until nobody reads, the client is closed, or the store refuses for good.
    mutating func run() async {
        var wasLost = false
        while !Task.isCancelled {
            let connection: Connection
            do {
                connection = try await client.connections.next(before: .never, after: nil)
            } catch {
                let isEnd = error.code == .closed || error.code == .cancelled
                return queue.finish(isEnd ? .success(()) : .failure(error))
            }
            let stream = WatchStream(
                client: client, connection: connection, range: range, options: options,
                queue: queue)
            let (end, reached, wasCreated) = await stream.run(from: cursor)
            cursor = reached
            if wasCreated { wasLost = false }
            switch end {
            case .abandoned: return
            case .restart: continue
            case .lost(let failure):
                guard !Task.isCancelled else { return }
                if failure.isAnswer, !failure.error.isPassing {
                    client.connections.succeeded(connection)
                    return queue.finish(.failure(failure.error))
                }
                client.connections.failed(connection, wasSent: failure.wasSent)
                guard !wasLost else { continue }
                wasLost = true
                guard await queue.put(.disconnected(failure.error)) else { return }
            }
        }
    }
}
