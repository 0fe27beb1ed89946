import Testing

@testable import Schedules

@Suite struct RankOrderTests {
    /// Hosts of the given sizes whose ranks were dealt round: rank r stands on host r mod n where
    /// there is room.
    private static func dealt(_ sizes: [Int]) -> [[Int]] {
        var hosts = [[Int]](repeating: [], count: sizes.count)
        var rank = 0
        while hosts.map(\.count) != sizes {
            for host in sizes.indices where hosts[host].count < sizes[host] {
                hosts[host].append(rank)
                rank += 1
            }
        }
        return hosts
    }

    private static let shapes = [
        [1], [5], [1, 1], [2, 2], [1, 3], [8, 8], [3, 3, 3], [1, 4, 2, 7], [4, 4, 4, 4, 4],
        [2, 2, 2, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 1],
    ]

    private static func crossings(_ tree: Tree, _ hosts: [[Int]]) -> Int {
        let home = homes(hosts)
        return tree.parents.enumerated().count { rank, parent in
            parent.map { home[$0] != home[rank] } ?? false
        }
    }

    private static func homes(_ hosts: [[Int]]) -> [Int] {
        var homes = [Int](repeating: 0, count: hosts.reduce(0) { $0 + $1.count })
        for (index, ranks) in hosts.enumerated() {
            for rank in ranks { homes[rank] = index }
        }
        return homes
    }

    private static func log2(_ value: Int) -> Int {
        value < 1 ? 0 : value.bitWidth - 1 - value.leadingZeroBitCount
    }

    @Test(arguments: shapes) func `trees cross between hosts no more than they must`(
        sizes: [Int]
    ) throws {
        let hosts = Self.dealt(sizes)
        var trees = Tree.pair(overHosts: hosts) + [Tree.inOrder(overHosts: hosts)]
        for root in 0..<sizes.reduce(0, +) {
            let pair = Tree.pair(overHosts: hosts, root: root)
            #expect(pair.allSatisfy { $0.root == root })
            trees += pair
        }
        for tree in trees {
            // Reads back: the parents form one tree.
            #expect(try Tree(parents: tree.parents) == tree)
            #expect(Self.crossings(tree, hosts) == sizes.count - 1)
        }
    }

    @Test(arguments: shapes) func `trees over hosts stay as low as stated`(sizes: [Int]) {
        let hosts = Self.dealt(sizes)
        let local = sizes.map { $0 > 1 ? Self.log2($0 - 1) + 1 : 0 }.max() ?? 0
        let most = Self.log2(sizes.count) + local
        for tree in Tree.pair(overHosts: hosts) { #expect(tree.depth <= most) }
    }

    @Test(arguments: [2, 4, 6, 8, 16], [2, 3, 4, 5, 8])
    func `no rank has children in both trees where hosts have the same even number`(
        size: Int, hostCount: Int
    ) {
        let pair = Tree.pair(overHosts: Self.dealt([Int](repeating: size, count: hostCount)))
        for rank in 0..<size * hostCount {
            #expect(pair.contains { $0.children(of: rank).isEmpty }, "rank \(rank)")
        }
    }

    @Test(arguments: shapes) func `every collective is proved over hosts`(sizes: [Int]) throws {
        let order = try RankOrder(hosts: Self.dealt(sizes))
        for collective in Collective.allCases {
            for algorithm in Algorithm.available(for: collective) {
                let pattern = try Pattern(
                    collective: collective, algorithm: algorithm, root: order.ranks.count - 1,
                    over: order)
                #expect(try pattern.prove().rankCount == order.ranks.count)
            }
        }
    }

    @Test func `a ring over hosts enters and leaves each host once`() throws {
        let hosts = Self.dealt([4, 4, 4])
        let order = try RankOrder(hosts: hosts)
        let home = Self.homes(hosts)
        let pattern = try Pattern(collective: .allReduce, algorithm: .ring, over: order)
        var crossings = 0
        for rank in order.ranks {
            let peers = Set(
                pattern.program(of: rank).steps.compactMap { step -> Int? in
                    if case .send(let peer, _) = step.action { peer } else { nil }
                })
            #expect(peers.count == 1)
            crossings += peers.count { home[$0] != home[rank] }
        }
        #expect(crossings == 3)
    }

    @Test func `some of the ranks keep the order of all`() throws {
        let order = try RankOrder(hosts: [[0, 3, 4], [1, 2], [5]])
        #expect(order.restricted(to: [4, 2, 1, 0]).description == "3 0 / 2 1")
        #expect(order.restricted(to: [5]).description == "0")
        #expect(order.restricted(to: Array(0..<6)) == order)
    }

    @Test func `an order that is none is refused`() {
        for (ranks, sizes) in [
            ([0, 1], [1]), ([0, 0], [2]), ([0, 2], [2]), ([0, 1], [2, 0]), ([1, 0], [3, -1]),
        ] {
            #expect(throws: ScheduleError.self) { try RankOrder(ranks: ranks, hostSizes: sizes) }
        }
    }
}
