internal import GRPCCore

/// etcd's Watch service. Each stream has a task that reads requests and one that writes, and the
/// writer fetches events as fast as its client takes them: from memory where it keeps up, from the
/// history where it does not. Nothing piles up for a slow client.
struct WatchService: Etcdserverpb_Watch.SimpleServiceProtocol {
    /// How often a watch that asks for it hears how far the store is when nothing happens.
    private static let progressInterval = Duration.seconds(600)

    let store: KeyValueStore
    let access: AccessPolicy

    func watch(
        request: RPCAsyncSequence<Etcdserverpb_WatchRequest, any Error>,
        response: RPCWriter<Etcdserverpb_WatchResponse>, context: ServerContext
    ) async throws {
        _ = try access.rights(of: context)
        let inbox = WatchInbox()
        let listener = store.published.addListener { inbox.ring() }
        defer { store.published.removeListener(listener) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A client that went away ends its requests with an error; the writer sees that too.
                defer { inbox.end() }
                for try await message in request { await inbox.put(message) }
            }
            group.addTask {
                var feed = WatchFeed(store: store, inbox: inbox, response: response)
                try await feed.run(progressInterval: Self.progressInterval)
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.progressInterval)) != nil { inbox.ring() }
            }
            // Either the requests ended, and the writer follows, or the writer cannot go on.
            for _ in 0..<2 {
                do {
                    try await group.next()
                } catch {
                    group.cancelAll()
                    throw error
                }
            }
            group.cancelAll()
        }
    }
}
