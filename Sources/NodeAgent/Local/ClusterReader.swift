package import ClusterStore

/// Reads the nodes of a cluster from its control plane.
package struct ClusterReader: Sendable {
    package let client: StoreClient
    package let keys: ClusterKeys

    package init(client: StoreClient, cluster: String) {
        self.client = client
        keys = ClusterKeys(cluster: cluster)
    }

    /// All nodes as they are now.
    package func listing(
        timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> ClusterListing {
        let range = KeyRange.prefix(Key(keys.prefix))
        let result = try await client.rangeInPages(range, timeoutSeconds: timeoutSeconds)
        var snapshot = ClusterSnapshot(keys: keys)
        for pair in result.keyValues { snapshot.put(pair.key.text, pair.value) }
        return ClusterListing(snapshot, revision: result.revision.rawValue)
    }

    /// All nodes, now and after every change, for as long as the reader asks.
    package func changes() -> ClusterChanges {
        ClusterChanges(keys: keys, events: client.follow(.prefix(Key(keys.prefix))))
    }
}

/// What following a cluster tells.
package enum ClusterNews: Sendable {
    /// Everything, as it is now.
    case listing(ClusterListing)
    /// The control plane does not answer: what was told last may be out of date.
    case disconnected(StoreError)
}

package struct ClusterChanges: AsyncSequence, Sendable {
    package typealias Element = ClusterNews
    package typealias Failure = StoreError

    let keys: ClusterKeys
    let events: FollowSequence

    package func makeAsyncIterator() -> Iterator {
        Iterator(snapshot: ClusterSnapshot(keys: keys), events: events.makeAsyncIterator())
    }

    package struct Iterator: AsyncIteratorProtocol {
        var snapshot: ClusterSnapshot
        var revision: Int64 = 0
        var events: FollowSequence.Iterator

        /// Waits for the next change; nil when the task was cancelled or the client closed.
        package mutating func next() async throws(StoreError) -> ClusterNews? {
            while let event = try await events.next() {
                switch event {
                case .snapshot(let pairs, let revision):
                    snapshot = ClusterSnapshot(keys: snapshot.keys)
                    for pair in pairs { snapshot.put(pair.key.text, pair.value) }
                    self.revision = revision.rawValue
                    return listing
                case .changes(let events):
                    for event in events { apply(event) }
                    return listing
                case .disconnected(let error): return .disconnected(error)
                case .connected: return listing
                case .progress: continue
                }
            }
            return nil
        }

        private var listing: ClusterNews {
            .listing(ClusterListing(snapshot, revision: revision))
        }

        private mutating func apply(_ event: StoreEvent) {
            revision = Swift.max(revision, event.revision.rawValue)
            switch event.kind {
            case .put: snapshot.put(event.key.text, event.keyValue.value)
            case .delete: snapshot.delete(event.key.text)
            }
        }
    }
}
