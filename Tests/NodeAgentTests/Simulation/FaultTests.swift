import Testing

@testable import NodeAgent

/// Five nodes live through faults that a seed draws; what must hold all the time is checked after
/// every event, and in the end all is as it should be.
@Suite struct FaultTests {
    private static let hosts = ["h1", "h2", "h3", "h4", "h5"]
    private static let nodes = ["n1", "n2", "n3", "n4", "n5"]

    @Test(
        "Five nodes survive what a seed does to them, and end up ready under their own numbers",
        arguments: 1...12 as ClosedRange<UInt64>)
    func survive(seed: UInt64) throws {
        let cluster = VirtualCluster(seed: seed)
        var boots = Dictionary(uniqueKeysWithValues: Self.hosts.map { ($0, "boot of \($0)") })
        for (node, host) in zip(Self.nodes, Self.hosts) {
            try cluster.start(node, host: host, boot: boots[host] ?? "")
        }
        try cluster.run(seconds: 20)
        for step in 0..<25 {
            try Self.disturb(cluster, &boots, step)
            try cluster.run(seconds: Double(cluster.random.next() % 40) + 0.5)
        }
        try Self.mend(cluster, boots)
        // Back-off, a lease, and the jitter of both.
        try cluster.run(seconds: 120)
        let snapshot = cluster.snapshot
        #expect(
            snapshot.nodes.map(\.state) == Self.nodes.map { _ in .ready },
            "seed \(seed): \(snapshot.nodes.map { "\($0.nodeId) \($0.state): \($0.reason)" })")
        #expect(snapshot.freeze == nil)
        #expect(snapshot.facts.values.allSatisfy { $0.verdict == nil })
        #expect(snapshot.capacity.freeSlotCount == 5 * VirtualCluster.slots)
        #expect(cluster.claimCount > 5, "nothing happened")
    }

    private static func disturb(
        _ cluster: VirtualCluster, _ boots: inout [String: String], _ step: Int
    ) throws {
        let index = Int(cluster.random.next() % 5)
        let (host, node) = (hosts[index], nodes[index])
        switch cluster.random.next() % 11 {
        case 0, 1:
            if let agent = cluster.running(on: host) { cluster.kill(agent) }
        case 2:
            if let agent = cluster.running(on: host) { cluster.kill(agent) }
            boots[host] = "boot \(step) of \(host)"
            try cluster.start(node, host: host, boot: boots[host] ?? "")
        case 3: cluster.running(on: host)?.isStopped = true
        case 4:
            if let agent = cluster.running(on: host), agent.isStopped {
                try cluster.resume(agent)
            }
        case 5: cluster.cutHosts.insert(host)
        case 6: cluster.cutHosts.remove(host)
        case 7: cluster.isStoreAway.toggle()
        case 8:
            let fact = ClusterKeys.NodeFact.allCases[Int(cluster.random.next() % 4)]
            cluster.store.meddle("\(cluster.keys.node(node))\(fact.rawValue)", nil)
        case 9:
            // A clone: another host with this one's disk, for a while.
            cluster.disks["clone of \(host)"] = cluster.disks[host]
            if let old = cluster.running(on: "clone of \(host)") { cluster.kill(old) }
            try cluster.start(node, host: "clone of \(host)", boot: "boot of a clone")
        default:
            if cluster.running(on: host) == nil {
                try cluster.start(node, host: host, boot: boots[host] ?? "")
            }
        }
    }

    private static func mend(_ cluster: VirtualCluster, _ boots: [String: String]) throws {
        cluster.isStoreAway = false
        cluster.cutHosts = []
        for (node, host) in zip(nodes, hosts) {
            if let clone = cluster.running(on: "clone of \(host)") { cluster.kill(clone) }
            if let agent = cluster.running(on: host) {
                if agent.isStopped { try cluster.resume(agent) }
            } else {
                try cluster.start(node, host: host, boot: boots[host] ?? "")
            }
        }
    }
}
