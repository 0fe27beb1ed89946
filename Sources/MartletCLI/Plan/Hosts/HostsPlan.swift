import Schedules
import Topology

/// The ranks of some hosts, and the rings and trees that the library would let them form.
struct HostsPlan {
    struct Host {
        var topology: HostTopology
        /// As given on the command line.
        var path: String
        /// The number of its first rank.
        var firstRank: Int
        /// By local rank.
        var places: [RankPlace]

        var ranks: Range<Int> { firstRank..<firstRank + places.count }
        /// Where ranks have one each.
        var usesAccelerators: Bool { places.count <= topology.accelerators.count }
        var report: TopologyReport { TopologyReport(topology: topology) }
    }

    /// One channel, and what of each host it uses.
    struct Channel {
        var rail: ChannelPlan.RailName?
        var order: RankOrder
        /// Host by host.
        var ends: [End]
        var trees: [Tree]
    }

    /// Where a ring enters and leaves a host.
    struct End {
        /// By index on its host; nil where hosts have no rail in common.
        var nic: Int?
        var first: Int
        var last: Int
        /// Between those ranks and the NIC; nil where nothing says.
        var firstPath: PathClass?
        var lastPath: PathClass?
    }

    static let rankLimit = 65_536

    let hosts: [Host]
    let channels: [Channel]

    var rankCount: Int { hosts.last?.ranks.upperBound ?? 0 }

    /// Ranks are numbered host by host: the k-th of a host uses its k-th accelerator, or a NUMA
    /// node where there are fewer accelerators than ranks.
    init(_ machines: [(path: String, topology: HostTopology)], ranksPerHost: Int?) throws {
        var hosts: [Host] = []
        for (path, topology) in machines {
            let count = ranksPerHost ?? topology.usualRankCount
            let first = hosts.last?.ranks.upperBound ?? 0
            guard count <= max(topology.accelerators.count, topology.processors.whole.count) else {
                throw Complaint(
                    "--ranks-per-host is \(count), and \(path) has only "
                        + MachinePicture.plural(topology.accelerators.count, "accelerator")
                        + " and "
                        + MachinePicture.plural(
                            topology.processors.whole.count, "processing unit"), exitStatus: 64)
            }
            guard first + count <= Self.rankLimit else {
                throw Complaint(
                    "--topology makes more than \(Self.rankLimit) ranks", exitStatus: 64)
            }
            hosts.append(
                Host(
                    topology: topology, path: path, firstRank: first,
                    places: topology.places(count: count)))
        }
        self.hosts = hosts
        let plan = ChannelPlan(hosts: hosts.map { Array(zip($0.ranks, $0.places)) })
        do {
            channels = try plan.channels.map { try Self.channel($0, hosts) }
        } catch let error as ScheduleError {
            preconditionFailure("each rank is on one host: \(error)")
        }
    }

    /// The order that the library would use for everything, that of the first channel.
    var order: RankOrder { channels[0].order }

    func host(of rank: Int) -> Int? { hosts.firstIndex { $0.ranks.contains(rank) } }

    private static func channel(
        _ channel: ChannelPlan.Channel, _ hosts: [Host]
    ) throws -> Channel {
        Channel(
            rail: channel.rail, order: try RankOrder(hosts: channel.hosts),
            ends: zip(hosts, channel.hosts).map { end($0, row: $1, channel.rail) },
            trees: Tree.pair(overHosts: channel.hosts))
    }

    private static func end(_ host: Host, row: [Int], _ rail: ChannelPlan.RailName?) -> End {
        let (first, last) = (row[0], row[row.count - 1])
        guard let rail else { return End(first: first, last: last) }
        func path(_ rank: Int) -> PathClass? {
            host.places[rank - host.firstRank].rails.first {
                $0.kind == rail.kind && $0.position == rail.position
            }?.path
        }
        return End(
            nic: host.topology.rails.first {
                $0.kind == rail.kind && $0.position == rail.position
            }?.nic, first: first, last: last, firstPath: path(first), lastPath: path(last))
    }
}

extension HostsPlan.Channel {
    /// The rank of each host that speaks for it in a tree: the one whose parent is elsewhere.
    func heads(of tree: Tree) -> [Int] {
        order.hosts.map { ranks in
            ranks.first { rank in tree.parents[rank].map { !ranks.contains($0) } ?? true }
                ?? ranks[0]
        }
    }
}

extension HostsPlan.Host {
    /// The index of the accelerator that a rank uses.
    func accelerator(of rank: Int) -> Int? { usesAccelerators ? rank - firstRank : nil }

    /// The index of the NIC that is best for a rank's memory.
    func nic(of rank: Int) -> Int? {
        if let accelerator = accelerator(of: rank) {
            return topology.accelerators[accelerator].bestNIC
        }
        let node = places[rank - firstRank].numaNode
        let index = topology.numaNodes.firstIndex { $0.osIndex == node }
        return index.flatMap { topology.bestNICOfNode[$0] }
    }

    /// Between a rank and a NIC, by index.
    func path(of rank: Int, to nic: Int) -> PathClass? {
        guard let rail = topology.nics[nic].rail.map({ topology.rails[$0] }) else { return nil }
        return places[rank - firstRank].rails.first {
            $0.kind == rail.kind && $0.position == rail.position
        }?.path
    }
}

extension HostTopology {
    /// A rank for each accelerator; without any, for each NUMA node with processors.
    fileprivate var usualRankCount: Int {
        guard accelerators.isEmpty else { return accelerators.count }
        return max(1, numaNodes.count { !$0.processors.allowed.isEmpty })
    }
}
