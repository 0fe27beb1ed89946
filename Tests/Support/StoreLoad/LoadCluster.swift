internal import ClusterStore
internal import Platform
internal import StoreSupport

/// All agents and their store.
final class LoadCluster: Sendable {
    let store: any TestServer
    private let agents: [LoadAgent]
    private let watcherCount: Int
    private let counts = Monitored(LoadCounts())
    private let watchers = Monitored<[LoadWatcher]>([])

    init(store: any TestServer, agentCount: Int, watcherCount: Int) {
        self.store = store
        self.watcherCount = watcherCount
        let counts = counts
        agents = (0..<agentCount).map { index in
            LoadAgent(index: index, endpoint: store.endpoint, counts: counts)
        }
    }

    var lostLeaseCount: Int { counts.update { $0.lostLeaseCount } }
    var failedRenewalCount: Int { counts.update { $0.failedRenewalCount } }
    var usage: ProcessUsage { ProcessUsage(of: store.processIdentifier ?? 0) }

    /// How long something takes, what the store used for it, and what failed meanwhile.
    func timed(_ body: () async throws -> Void) async throws -> LoadPhase {
        let process = store.processIdentifier
        let before = (usage, counts.update { $0 })
        let begin = Clock.nowNanoseconds()
        try await body()
        let seconds = Double(Clock.nowNanoseconds() - begin) / 1e9
        let now = counts.update { $0 }
        // A store that was started anew began at 0.
        let spent = store.processIdentifier == process ? before.0.coreSeconds : 0
        return LoadPhase(
            seconds: seconds, coreSeconds: usage.coreSeconds - spent,
            failureCount: now.failedRegistrationCount - before.1.failedRegistrationCount
                + now.failedRenewalCount - before.1.failedRenewalCount)
    }

    func start() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { try await agent.start() } }
            try await group.waitForAll()
        }
    }

    func watch() async throws {
        let started = agents.prefix(watcherCount).compactMap(\.current).map(LoadWatcher.init)
        watchers.update { $0 = started }
        try await waitFor("every watcher to know every node", seconds: 120) {
            started.allSatisfy { $0.keyCount == 2 * self.agents.count }
        }
    }

    /// Heartbeats and nothing else.
    func measureHeartbeats(seconds: Double) async throws -> HeartbeatFigures {
        let before = (usage, counts.update { $0.renewalCount })
        let begin = Clock.nowNanoseconds()
        try await Task.sleep(for: .seconds(seconds))
        let taken = Double(Clock.nowNanoseconds() - begin) / 1e9
        let after = usage
        return HeartbeatFigures(
            perSecond: Double(counts.update { $0.renewalCount } - before.1) / taken,
            coreShare: (after.coreSeconds - before.0.coreSeconds) / taken,
            byteCount: after.byteCount)
    }

    /// Seconds from the begin of a change to the last watcher that has it.
    func timeChanges(_ count: Int) async throws -> [Double] {
        var seconds: [Double] = []
        for round in 0..<count {
            let mark = Array("change \(round)".utf8)
            let begin = Clock.nowNanoseconds()
            try await agents[round % agents.count].change(to: mark)
            try await waitFor("every watcher to see change \(round)", seconds: 30) {
                self.watchers.update { $0 }.allSatisfy { $0.seenNanoseconds(mark) != nil }
            }
            let last = watchers.update { $0 }.compactMap { $0.seenNanoseconds(mark) }.max()
            seconds.append(Double((last ?? begin) - begin) / 1e9)
        }
        return seconds
    }

    /// All agents end without a word, and begin again at once.
    func restart() async throws {
        watchers.update { $0 = [] }
        await withTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.stop() } }
        }
        try await start()
    }

    /// The store crashes and comes back; waits until each agent has renewed its lease since.
    func killController() async throws {
        try await store.restart()
        let before = counts.update { $0.renewalCount }
        let agentCount = agents.count
        try await waitFor("every agent to renew its lease", seconds: 120) {
            self.counts.update { $0.renewalCount + $0.lostLeaseCount } >= before + agentCount
        }
    }

    func stop() async {
        watchers.update { $0 = [] }
        await withTaskGroup(of: Void.self) { group in
            for agent in agents { group.addTask { await agent.stop() } }
        }
    }

    private func waitFor(
        _ what: String, seconds: Double, _ condition: @escaping @Sendable () -> Bool
    ) async throws {
        guard await eventually(within: seconds, condition) else {
            throw ToolFailure(message: "waited in vain for \(what)")
        }
    }
}
