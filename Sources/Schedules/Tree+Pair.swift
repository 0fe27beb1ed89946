extension Tree {
    /// Two binary trees over the ranks of an order, in which no rank has children in both.
    ///
    /// Each tree carries half of the buffer, so every rank's link is used in full: a rank that
    /// forwards half of the buffer to two children in one tree is a leaf in the other. Ranks stand
    /// in order in the first tree. The second is its mirror image for an even number of ranks and
    /// the first moved by one position for an odd number, which in both cases exchanges leaves
    /// and inner ranks (Sanders, Speck and Träff: Two-tree algorithms for full bandwidth
    /// broadcast, reduction and scan, 2009).
    public static func pair(over order: [Int]) -> [Tree] {
        [inOrder(order), inOrder(second(order))]
    }

    /// The same two trees over all ranks but the root, each hung from the root.
    public static func pair(over order: [Int], root: Int) -> [Tree] {
        let others = order.filter { $0 != root }
        guard !others.isEmpty else { return [Tree(trusted: [nil], root: root)] }
        return [others, second(others)].map { positions in
            var parents = inOrderParents(positions, rankCount: order.count)
            parents[positions[topPosition(count: positions.count)]] = root
            return Tree(trusted: parents, root: root)
        }
    }

    /// One binary tree of the least depth, `⌊log₂ n⌋`, in which ranks stand in order.
    public static func inOrder(_ order: [Int]) -> Tree {
        Tree(
            trusted: inOrderParents(order, rankCount: order.count),
            root: order[topPosition(count: order.count)])
    }

    static func second(_ order: [Int]) -> [Int] {
        if order.count.isMultiple(of: 2) { return order.reversed() }
        return order.suffix(1) + order.dropLast()
    }

    /// The position of the tree's top: the largest power of two, counted from one.
    private static func topPosition(count: Int) -> Int {
        (1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)) - 1
    }

    /// The parents when a position's height is the number of trailing zeros, counted from one:
    /// leaves stand at even positions, and each inner rank lies between its two subtrees.
    static func inOrderParents(_ order: [Int], rankCount: Int) -> [Int?] {
        var parents = [Int?](repeating: nil, count: rankCount)
        for (index, rank) in order.enumerated() {
            var place = index + 1
            if index == topPosition(count: order.count) { continue }
            repeat {
                let height = 1 << place.trailingZeroBitCount
                place = (place - height) | (height << 1)
            } while place > order.count
            parents[rank] = order[place - 1]
        }
        return parents
    }
}
