/// The reader's end of a watch: starts it with the first event that is asked for, and ends it when
/// nobody can ask any more.
final class WatchReader: Sendable {
    private let queue: WatchQueue
    private let start: OnceTask

    init(_ client: StoreClient, _ range: KeyRange, _ options: WatchOptions) {
        let queue = WatchQueue(limit: client.configuration.watchBatchLimit)
        self.queue = queue
        start = OnceTask(executor: client.threads.executor) {
            var run = WatchRun(client: client, range: range, options: options, queue: queue)
            await run.run()
        }
    }

    deinit {
        queue.abandon()
        start.cancel()
    }

    func next() async throws(StoreError) -> WatchEvent? {
        start.begin()
        return try await queue.take()
    }
}
