internal import ClusterStore
internal import Synchronization

/// Tells one caller of a cluster's changes, as fast as the caller takes them: of listings that come
/// in between, the newest alone is kept.
final class Follower: Sendable {
    private struct State {
        var next: [UInt8]?
        var hasEnded = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// - Parameter push: writes a line and answers whether more may come; nil is the end.
    init(_ reader: ClusterReader, push: @escaping @Sendable ([UInt8]?) async -> Bool) {
        let reading = Task { [self] in await read(reader) }
        let writing = Task { [self] in
            while let line = await take() {
                guard await push(line) else { return stop() }
            }
            _ = await push(nil)
        }
        tasks.withLock { $0 = [reading, writing] }
    }

    func stop() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        put(nil)
    }

    private func read(_ reader: ClusterReader) async {
        do throws(StoreError) {
            var changes = reader.changes().makeAsyncIterator()
            while let news = try await changes.next() {
                put(Self.line(news))
            }
        } catch {
            put(Self.line(.disconnected(error)))
        }
        put(nil)
    }

    /// A listing, or `{"error":{…}}` while the control plane does not answer.
    private static func line(_ news: ClusterNews) -> [UInt8] {
        switch news {
        case .listing(let listing): LocalRouter.encoded(listing).body
        case .disconnected(let error):
            LocalResponse.failure(
                503, error.code.name, "the control plane does not answer: \(error.message)",
                remedy: error.remedy
            ).body
        }
    }

    /// Nil is the end.
    private func put(_ line: [UInt8]?) {
        let waiter = state.withLock { state in
            if let line { state.next = line } else { state.hasEnded = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// The newest line that was not told yet; waits for one. Nil at the end.
    private func take() async -> [UInt8]? {
        while true {
            let (line, hasEnded) = state.withLock { ($0.next.take(), $0.hasEnded) }
            if let line { return line }
            if hasEnded { return nil }
            await withCheckedContinuation { continuation in
                let isLate = state.withLock { state in
                    if state.next != nil || state.hasEnded { return true }
                    state.waiter = continuation
                    return false
                }
                if isLate { continuation.resume() }
            }
        }
    }
}
