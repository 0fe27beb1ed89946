/// What following a range tells.
package enum FollowEvent: Sendable {
    /// All there is at a revision: at the beginning, and again where changes were lost. It replaces
    /// everything told before.
    case snapshot([KeyValue], Revision)
    /// What changed after that, each change once and in order.
    case changes([StoreEvent])
    /// Everything up to this revision has been told.
    case progress(Revision)
    /// There is no connection, and why: what was told may be out of date.
    case disconnected(StoreError)
    /// The connection is back, and what was missed comes next.
    case connected
}

extension StoreClient {
    /// Reads a range and then tells what changes in it, for as long as the reader asks.
    ///
    /// It is a read and a watch put together, so that nothing falls between them, also where the
    /// store forgot what was missed, or was replaced by another.
    package func follow(_ range: KeyRange) -> FollowSequence {
        FollowSequence(client: self, range: range)
    }
}

package struct FollowSequence: AsyncSequence, Sendable {
    package typealias Element = FollowEvent
    package typealias Failure = StoreError

    let client: StoreClient
    let range: KeyRange

    package func makeAsyncIterator() -> Iterator {
        Iterator(client: client, range: range)
    }

    package struct Iterator: AsyncIteratorProtocol {
        private let client: StoreClient
        private let range: KeyRange
        private var watch: WatchSequence.Iterator?
        /// Where the last snapshot stands; nil when one is due.
        private var snapshot: Revision?
        private var isDisconnected = false

        init(client: StoreClient, range: KeyRange) {
            self.client = client
            self.range = range
        }

        /// Waits for what comes next; nil when the task was cancelled or the client closed.
        ///
        /// - Throws: what trying again cannot mend, such as `.permissionDenied`.
        package mutating func next() async throws(StoreError) -> FollowEvent? {
            while !Task.isCancelled {
                guard let snapshot, watch != nil else {
                    if let event = try await read() { return event }
                    continue
                }
                guard let event = try await watch?.next() else { return nil }
                switch event {
                case .events(let events):
                    let news = events.filter { $0.revision > snapshot }
                    if !news.isEmpty { return .changes(news) }
                case .progress(let revision): return .progress(Swift.max(revision, snapshot))
                case .compacted, .replaced: self.snapshot = nil
                case .disconnected(let error):
                    isDisconnected = true
                    return .disconnected(error)
                case .connected:
                    guard isDisconnected else { continue }
                    isDisconnected = false
                    return .connected
                }
            }
            return nil
        }

        /// Reads all of the range; nil where this failed in a way that was already told.
        private mutating func read() async throws(StoreError) -> FollowEvent? {
            do {
                let result = try await client.rangeInPages(range)
                snapshot = result.revision
                // A watch that stands goes on: behind what it lost, it misses nothing.
                if watch == nil {
                    let options = WatchOptions(after: result.header)
                    watch = client.watch(range, options: options).makeAsyncIterator()
                }
                return .snapshot(result.keyValues, result.revision)
            } catch {
                if error.code == .closed || error.code == .cancelled { return nil }
                guard error.isPassing || error.code == .compacted else { throw error }
                guard !isDisconnected else { return nil }
                isDisconnected = true
                return .disconnected(error)
            }
        }
    }
}
