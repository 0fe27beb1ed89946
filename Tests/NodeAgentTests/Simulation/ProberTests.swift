import Testing

@testable import NodeAgent

@Suite struct ProberTests {
    /// Five nodes that are ready.
    private func cluster(seed: UInt64) throws -> (VirtualCluster, [VirtualAgent]) {
        let cluster = VirtualCluster(seed: seed)
        let agents = try (1...5).map { try cluster.start("n\($0)", host: "h\($0)", boot: "1") }
        try cluster.run(seconds: 10)
        #expect(cluster.snapshot.capacity.freeSlotCount == 5 * VirtualCluster.slots)
        return (cluster, agents)
    }

    private func state(_ cluster: VirtualCluster, _ node: String) -> NodeState? {
        cluster.snapshot.nodes.first { $0.nodeId == node }?.state
    }

    @Test("One node probes, and another takes its place when it dies")
    func election() throws {
        let (cluster, agents) = try cluster(seed: 1)
        let elected = agents.filter(\.prober.isElected)
        #expect(elected.count == 1)
        for agent in elected { cluster.kill(agent) }
        try cluster.run(seconds: 25)
        let next = agents.filter { $0.isAlive && $0.prober.isElected }
        #expect(next.count == 1)
    }

    @Test("A dead node is suspect when its lease ends, and lost after the grace, not before")
    func lost() throws {
        let (cluster, agents) = try cluster(seed: 2)
        let dead = try #require(agents.first { !$0.prober.isElected })
        cluster.kill(dead)
        try cluster.run(seconds: 20)
        #expect(state(cluster, dead.nodeId) == .suspect)
        try cluster.run(seconds: 18)
        #expect(state(cluster, dead.nodeId) == .suspect)
        try cluster.run(seconds: 20)
        #expect(state(cluster, dead.nodeId) == .lost)
        #expect(cluster.snapshot.capacity.slotCount == 5 * VirtualCluster.slots)
        #expect(cluster.snapshot.capacity.unreachableSlotCount == VirtualCluster.slots)
        #expect(cluster.snapshot.capacity.freeSlotCount == 4 * VirtualCluster.slots)
    }

    @Test("A node that answers probes is never lost, however long its lease is over")
    func answering() throws {
        let (cluster, agents) = try cluster(seed: 3)
        let node = try #require(agents.first { !$0.prober.isElected })
        cluster.muteHosts = [node.host]
        try cluster.run(seconds: 200)
        #expect(state(cluster, node.nodeId) == .suspect)
        #expect(cluster.lostVerdictCount == 0)
    }

    @Test("More than a third at once freezes, less does not", arguments: 1...4)
    func freeze(count: Int) throws {
        let (cluster, agents) = try cluster(seed: 4)
        let gone = agents.filter { !$0.prober.isElected }.prefix(count)
        for agent in gone { cluster.kill(agent) }
        try cluster.run(seconds: 200)
        let expected: NodeState = count > 1 ? .unknown : .lost
        for agent in gone { #expect(state(cluster, agent.nodeId) == expected) }
        for agent in gone { try cluster.start(agent.nodeId, host: agent.host, boot: "1") }
        try cluster.run(seconds: 40)
        #expect(cluster.snapshot.nodes.allSatisfy { $0.state == .ready })
        #expect(cluster.snapshot.freeze == nil)
    }

    @Test("A frozen cluster thaws when an operator forgets those that are gone")
    func forgotten() throws {
        let (cluster, agents) = try cluster(seed: 5)
        let gone = agents.filter { !$0.prober.isElected }.prefix(2)
        for agent in gone { cluster.kill(agent) }
        try cluster.run(seconds: 60)
        #expect(cluster.snapshot.freeze != nil)
        for key in cluster.store.entries.keys.sorted() {
            guard case .node(let id, _)? = cluster.keys.subject(of: key),
                gone.contains(where: { $0.nodeId == id })
            else { continue }
            cluster.store.meddle(key, nil)
        }
        try cluster.run(seconds: 20)
        #expect(cluster.snapshot.freeze == nil)
        #expect(cluster.snapshot.nodes.map(\.state) == [.ready, .ready, .ready])
    }
}
