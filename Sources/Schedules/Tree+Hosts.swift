extension Tree {
    /// Two trees over hosts whose ranks stay together: each tree crosses between hosts only as
    /// often as it must, `hosts - 1` times up and as often down.
    ///
    /// In each tree one rank of every host is its head: the first in the first tree, the last in the
    /// second. The heads form the pair of ``pair(over:)`` over the hosts; the other ranks of a host
    /// stand in a binary tree below their head. Where every host has the same even number of ranks,
    /// a rank that has children in one tree is a leaf in the other.
    ///
    /// Depth: at most `⌊log₂ h⌋ + ⌊log₂ (m - 1)⌋ + 1` for `h` hosts of `m > 1` ranks. Source:
    /// Sanders, Speck and Träff (see ``pair(over:)``) between hosts; one head per host as in Karonis
    /// et al.: Exploiting hierarchy in parallel computer networks to optimize collective operation
    /// performance, 2000.
    public static func pair(overHosts hosts: [[Int]]) -> [Tree] {
        guard hosts.count > 1 else { return pair(over: hosts.first ?? []) }
        let places = Array(hosts.indices)
        let mirrored = hosts.map { Array($0.reversed()) }
        return [
            joined(hosts, by: inOrder(places)),
            joined(mirrored, by: inOrder(second(places))),
        ]
    }

    /// The same with one root, which must be among the ranks: it is the head of its host, and both
    /// trees of hosts hang from that.
    public static func pair(overHosts hosts: [[Int]], root: Int) -> [Tree] {
        guard hosts.count > 1, let home = hosts.firstIndex(where: { $0.contains(root) }) else {
            return pair(over: hosts.first ?? [], root: root)
        }
        let crowns = pair(over: Array(hosts.indices), root: home)
        return crowns.enumerated().map { index, crown in
            var groups = index == 0 ? hosts : hosts.map { Array($0.reversed()) }
            groups[home] = [root] + groups[home].filter { $0 != root }
            return joined(groups, by: crown)
        }
    }

    /// One tree: a head per host, by the least depth.
    public static func inOrder(overHosts hosts: [[Int]]) -> Tree {
        guard hosts.count > 1 else { return inOrder(hosts.first ?? []) }
        return joined(hosts, by: inOrder(Array(hosts.indices)))
    }

    /// Hangs the ranks of each host below its first, and the first ranks together as `crown` says,
    /// a tree over the hosts' indices.
    private static func joined(_ hosts: [[Int]], by crown: Tree) -> Tree {
        let rankCount = hosts.reduce(0) { $0 + $1.count }
        var parents = [Int?](repeating: nil, count: rankCount)
        for (index, ranks) in hosts.enumerated() {
            let head = ranks[0]
            parents[head] = crown.parents[index].map { hosts[$0][0] }
            let rest = Array(ranks.dropFirst())
            guard !rest.isEmpty else { continue }
            let local = inOrderParents(rest, rankCount: rankCount)
            for rank in rest { parents[rank] = local[rank] ?? head }
        }
        return Tree(trusted: parents, root: hosts[crown.root][0])
    }
}
