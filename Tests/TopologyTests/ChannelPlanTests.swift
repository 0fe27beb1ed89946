import TestSupport
import Testing
import Topology

/// Rings of several hosts: what must hold on any machine.
@Suite struct ChannelPlanTests {
    /// A host of NUMA nodes, each with some switches, each with accelerators and InfiniBand NICs.
    private struct Design {
        var nodeCount = 2
        var switchesPerNode = 1
        var acceleratorsPerSwitch = 4
        var nicsPerSwitch = 2

        func topology() throws -> HostTopology {
            var bus = 0
            var nicCount = 0
            func next() -> Int {
                bus += 1
                return bus
            }
            let nodes = (0..<nodeCount).map { _ in
                (0..<switchesPerNode).map { _ in
                    let root = next()
                    let upstream = next()
                    var ports = ""
                    for _ in 0..<acceleratorsPerSwitch {
                        ports += SyntheticMachine.port(
                            next(), SyntheticMachine.accelerator(next()))
                    }
                    for _ in 0..<nicsPerSwitch {
                        ports += SyntheticMachine.port(
                            next(),
                            SyntheticMachine.hostChannelAdapter(next(), "mlx5_\(nicCount)"))
                        nicCount += 1
                    }
                    return SyntheticMachine.hostBridge(
                        SyntheticMachine.port(root, SyntheticMachine.port(upstream, ports)))
                }.joined()
            }
            return try SyntheticMachine(nodes: nodes).topology()
        }
    }

    /// Hosts, and the ranks that a scheduler dealt them.
    private struct Job {
        var hosts: [HostTopology]
        var ranks: [[Int]]

        /// One rank for each accelerator, numbered at random.
        init(_ designs: [Design], using generator: inout SeededGenerator) throws {
            hosts = try designs.map { try $0.topology() }
            var numbers = (0..<hosts.reduce(0) { $0 + $1.accelerators.count })
                .shuffled(using: &generator)
            ranks = hosts.map { host in
                defer { numbers.removeFirst(host.accelerators.count) }
                return Array(numbers.prefix(host.accelerators.count))
            }
        }

        var plan: ChannelPlan {
            ChannelPlan(
                hosts: zip(hosts, ranks).map { host, ranks in
                    Array(zip(ranks, host.places(count: ranks.count)))
                })
        }

        func path(of rank: Int, on host: Int, to nic: Int) -> PathClass? {
            guard let accelerator = ranks[host].firstIndex(of: rank) else { return nil }
            return hosts[host].affinity.first { $0.accelerator == accelerator && $0.nic == nic }?
                .path
        }

        /// The NIC of a rail on a host.
        func nic(_ rail: ChannelPlan.RailName, on host: Int) throws -> Int {
            try #require(
                hosts[host].rails.first {
                    $0.kind == rail.kind && $0.position == rail.position
                }
            ).nic
        }
    }

    private func check(_ job: Job) throws {
        let plan = job.plan
        #expect(plan.channels.count == job.hosts.map(\.nics.count).min())
        #expect(Set(plan.channels.map(\.rail)).count == plan.channels.count)
        for channel in plan.channels {
            #expect(channel.hosts.map { $0.sorted() } == job.ranks.map { $0.sorted() })
            let ring = channel.hosts.flatMap(\.self)
            let home = Dictionary(
                uniqueKeysWithValues: job.ranks.enumerated().flatMap { host, ranks in
                    ranks.map { ($0, host) }
                })
            let crossings = ring.indices.count {
                home[ring[$0]] != home[ring[($0 + 1) % ring.count]]
            }
            #expect(crossings == (job.hosts.count > 1 ? job.hosts.count : 0))
            try checkEnds(channel, job)
        }
    }

    /// The ends of every host's row are as near to the channel's NIC as two ranks can be.
    private func checkEnds(_ channel: ChannelPlan.Channel, _ job: Job) throws {
        let rail = try #require(channel.rail)
        for (host, row) in channel.hosts.enumerated() {
            let nic = try job.nic(rail, on: host)
            let paths = try row.map { try #require(job.path(of: $0, on: host, to: nic)) }
            let ends = row.count > 1 ? [paths[0], paths[row.count - 1]] : [paths[0]]
            #expect(ends.sorted() == Array(paths.sorted().prefix(ends.count)))
        }
    }

    @Test func `two hosts of eight accelerators and four NICs have four rings, each on its rail`()
        throws
    {
        var generator = SeededGenerator(seed: 1)
        let job = try Job([Design(), Design()], using: &generator)
        #expect(job.hosts.allSatisfy { $0.accelerators.count == 8 && $0.nics.count == 4 })
        try check(job)
        #expect(job.plan.channels.count == 4)
    }

    @Test func `rings whose NICs are equally near enter and leave through different ranks`() throws
    {
        var generator = SeededGenerator(seed: 4)
        let job = try Job([Design(), Design()], using: &generator)
        let channels = job.plan.channels
        for (host, ranks) in job.ranks.enumerated() {
            let ends = channels.flatMap { [$0.hosts[host].first, $0.hosts[host].last] }
            #expect(ends.compactMap(\.self).sorted() == ranks.sorted())
        }
    }

    @Test(arguments: 0..<60) func `rings of many machines keep to their rails`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let design = Design(
            nodeCount: [1, 2, 4].randomElement(using: &generator) ?? 1,
            switchesPerNode: .random(in: 1...2, using: &generator),
            acceleratorsPerSwitch: .random(in: 2...4, using: &generator),
            nicsPerSwitch: .random(in: 1...2, using: &generator))
        let count = Int.random(in: 1...5, using: &generator)
        try check(Job(Array(repeating: design, count: count), using: &generator))
    }

    @Test func `hosts that differ share the rails that all have`() throws {
        var generator = SeededGenerator(seed: 2)
        let small = Design(acceleratorsPerSwitch: 2, nicsPerSwitch: 1)
        try check(Job([Design(), small, Design(nodeCount: 4)], using: &generator))
    }

    @Test func `a lone accelerator of a node shares the ring's NIC with its neighbour`() throws {
        // One accelerator and one NIC on each of four nodes: one end of each row is near.
        var generator = SeededGenerator(seed: 3)
        let design = Design(nodeCount: 4, acceleratorsPerSwitch: 1, nicsPerSwitch: 1)
        let job = try Job([design, design], using: &generator)
        #expect(job.plan.channels.count == 4)
        for channel in job.plan.channels {
            let rail = try #require(channel.rail)
            for (host, row) in channel.hosts.enumerated() {
                let nic = try job.nic(rail, on: host)
                let ends = [row[0], row[3]].map { job.path(of: $0, on: host, to: nic) }
                #expect(ends.contains(.pix))
            }
        }
    }

    @Test func `hosts without NICs have one ring in the order of nodes and ranks`() throws {
        let design = Design(nicsPerSwitch: 0)
        let host = try design.topology()
        let plan = ChannelPlan(hosts: [
            Array(zip([7, 6, 5, 4, 3, 2, 1, 0], host.places(count: 8))), [(8, .unknown)],
        ])
        #expect(plan.channels == [.init(rail: nil, hosts: [[7, 6, 5, 4, 3, 2, 1, 0], [8]])])
    }

    @Test func `ranks of which nothing is known stand by number`() {
        let plan = ChannelPlan(hosts: [
            [(3, .unknown), (1, .unknown)], [], [(2, .unknown), (0, .unknown)],
        ])
        #expect(plan.channels == [.init(rail: nil, hosts: [[1, 3], [0, 2]])])
    }

    @Test func `without accelerators ranks are spread over nodes in blocks`() throws {
        let host = try Design(acceleratorsPerSwitch: 0).topology()
        #expect(host.places(count: 4).map(\.numaNode) == [0, 0, 1, 1])
        #expect(host.places(count: 1).map(\.numaNode) == [0])
        let paths = host.places(count: 2).map { $0.rails.map(\.path) }
        #expect(paths == [[.node, .node, .sys, .sys], [.sys, .sys, .node, .node]])
    }

    @Test func `without accelerators ranks go by the NICs that move memory`() throws {
        let host = try Design(acceleratorsPerSwitch: 0).topology()
        #expect((0..<4).map { host.nic(ofLocalRank: $0, of: 4) } == [0, 1, 2, 3])
        #expect((0..<2).map { host.nic(ofLocalRank: $0, of: 2) } == [0, 2])
        #expect((0..<5).map { host.nic(ofLocalRank: $0, of: nil) } == [0, 1, 2, 3, 0])
        #expect(try Design(nicsPerSwitch: 0).topology().nic(ofLocalRank: 0, of: 1) == nil)
    }
}
