internal import ClusterStore
internal import Platform
internal import StoreSupport

/// An agent that knows all nodes: follows them, and notes when it saw which value.
final class LoadWatcher: Sendable {
    fileprivate struct State: Sendable {
        var keys: Set<Key> = []
        var seen: [[UInt8]: UInt64] = [:]
    }
    private let state = Monitored(State())
    private let task: Task<Void, Never>

    init(_ client: StoreClient) {
        let state = state
        task = Task {
            var nodes = client.follow(.prefix(LoadAgent.prefix)).makeAsyncIterator()
            while let event = try? await nodes.next() {
                let now = Clock.nowNanoseconds()
                state.update { state in
                    switch event {
                    case .snapshot(let all, _): state.keys = Set(all.map(\.key))
                    case .changes(let changes):
                        for change in changes { state.take(change, nowNanoseconds: now) }
                    case .progress, .connected, .disconnected: break
                    }
                }
            }
        }
    }

    deinit {
        task.cancel()
    }

    var keyCount: Int { state.update { $0.keys.count } }

    func seenNanoseconds(_ value: [UInt8]) -> UInt64? { state.update { $0.seen[value] } }
}

extension LoadWatcher.State {
    fileprivate mutating func take(_ change: StoreEvent, nowNanoseconds now: UInt64) {
        switch change.kind {
        case .put:
            keys.insert(change.key)
            // Only the short values of timed changes.
            if change.keyValue.value.count < 100 { seen[change.keyValue.value] = now }
        case .delete: keys.remove(change.key)
        }
    }
}
