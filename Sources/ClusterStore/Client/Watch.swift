/// How to watch.
package struct WatchOptions: Sendable, Hashable {
    /// The revision of the first change to tell; nil for what changes from now on.
    package var from: Revision?
    /// What a read of the range answered, for a watch that goes on where the read ended: the first
    /// change to tell is the next one, and another store in its place is noticed.
    package var after: ResponseHeader?
    /// Whether events have what was there before.
    package var returnsPrevious = false
    /// Whether puts are left out.
    package var ignoresPuts = false
    /// Whether deletions are left out.
    package var ignoresDeletions = false

    package init(from: Revision? = nil, after: ResponseHeader? = nil) {
        self.from = from
        self.after = after
    }
}

extension StoreClient {
    /// Watches a range: every change once, in order, across lost connections, until the reader
    /// stops or its task is cancelled. See `WatchEvent` for what else it tells.
    ///
    /// The watch begins with the first `next()`. A reader that is slow slows the connection down:
    /// nothing is held without bound on this side.
    package func watch(_ range: KeyRange, options: WatchOptions) -> WatchSequence {
        WatchSequence(client: self, range: range, options: options)
    }

    /// Watches a range from a revision on; from now on where there is none.
    package func watch(_ range: KeyRange, from revision: Revision? = nil) -> WatchSequence {
        watch(range, options: WatchOptions(from: revision))
    }
}

/// The events of a watch. Each iterator is a watch of its own.
package struct WatchSequence: AsyncSequence, Sendable {
    package typealias Element = WatchEvent
    package typealias Failure = StoreError

    let client: StoreClient
    let range: KeyRange
    let options: WatchOptions

    package func makeAsyncIterator() -> Iterator {
        Iterator(reader: WatchReader(client, range, options))
    }

    package struct Iterator: AsyncIteratorProtocol {
        let reader: WatchReader

        /// Waits for the next event; nil when the task was cancelled or the client closed.
        ///
        /// - Throws: what trying again cannot mend, such as `.permissionDenied`.
        package mutating func next() async throws(StoreError) -> WatchEvent? {
            try await reader.next()
        }
    }
}
