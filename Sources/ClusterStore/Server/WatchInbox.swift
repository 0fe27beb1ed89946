internal import Synchronization

/// What the reader of a watch stream hands to its writer: requests, and the news that the store has
/// changed. Bounded: the reader waits while it is full, and news are only ever one.
final class WatchInbox: Sendable {
    /// Requests that wait.
    private static let limit = 64

    private struct State {
        var requests: [Etcdserverpb_WatchRequest] = []
        var isEnded = false
    }

    private let state = Mutex(State())
    /// There is something new: to be iterated by the writer alone.
    let news: AsyncStream<Void>
    private let newsSource: AsyncStream<Void>.Continuation
    private let room: AsyncStream<Void>
    private let roomSource: AsyncStream<Void>.Continuation

    init() {
        (news, newsSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (room, roomSource) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Wakes the writer. Never waits.
    func ring() {
        newsSource.yield()
    }

    /// Waits for room; only one task may put.
    func put(_ request: Etcdserverpb_WatchRequest) async {
        let isFull = state.withLock { state in
            state.requests.append(request)
            return state.requests.count >= Self.limit
        }
        newsSource.yield()
        guard isFull else { return }
        for await _ in room where state.withLock({ $0.requests.count < Self.limit }) { return }
    }

    /// No more requests will come.
    func end() {
        state.withLock { $0.isEnded = true }
        newsSource.yield()
    }

    /// What has come since the last call.
    func take() -> (requests: [Etcdserverpb_WatchRequest], isEnded: Bool) {
        let taken = state.withLock { state in
            defer { state.requests = [] }
            return (state.requests, state.isEnded)
        }
        roomSource.yield()
        return taken
    }
}
