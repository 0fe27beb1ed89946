extension Program {
    /// The program of one rank.
    ///
    /// All ranks of a schedule must be made with the same arguments but `rank`.
    ///
    /// - Parameters:
    ///   - root: the root of a broadcast or reduce; 0 for others.
    ///   - order: the ranks in the order in which rings and positions are counted, a permutation
    ///     of `0..<rankCount`; by default ascending.
    ///   - trees: for the tree algorithm, the trees that carry one chunk each; of a broadcast or
    ///     reduce each must have the root at its top. By default two over the order, see
    ///     ``Tree/pair(over:)``, and one for a barrier.
    public static func make(
        collective: Collective, algorithm: Algorithm, rank: Int, rankCount: Int, root: Int = 0,
        order: [Int]? = nil, trees: [Tree]? = nil
    ) throws(ScheduleError) -> Program {
        try check(collective, algorithm, rank: rank, rankCount: rankCount, root: root)
        if let order { try check(order: order, rankCount: rankCount) }
        if let trees {
            try check(trees, rankCount: rankCount, root: collective.isRooted ? root : nil)
        }
        let seat = Seat(rank: rank, order: order ?? Array(0..<rankCount))
        let draft =
            rankCount == 1
            ? alone(collective) : draft(collective, algorithm, at: seat, root: root, trees: trees)
        return Program(
            collective: collective, algorithm: algorithm, rank: rank, rankCount: rankCount,
            root: collective.isRooted ? root : 0, chunkCount: draft.chunkCount,
            steps: draft.steps)
    }

    /// A single rank's result is its own input.
    private static func alone(_ collective: Collective) -> Draft {
        var draft = Draft(chunkCount: 1)
        draft.copy(0..<1, isFinal: collective.reduces)
        return draft
    }
}

extension Program {
    private static func check(
        _ collective: Collective, _ algorithm: Algorithm, rank: Int, rankCount: Int, root: Int
    ) throws(ScheduleError) {
        guard Algorithm.available(for: collective).contains(algorithm) else {
            let names = Algorithm.available(for: collective).map(\.name).joined(separator: ", ")
            throw ScheduleError(
                .unavailable,
                "\(collective.name) cannot go by \(algorithm.name); it can by \(names)")
        }
        guard rankCount > 0, (0..<rankCount).contains(rank) else {
            throw ScheduleError(
                .invalidRank, "rank \(rank) is not one of \(max(rankCount, 0)) ranks")
        }
        guard !collective.isRooted || (0..<rankCount).contains(root) else {
            throw ScheduleError(.invalidRoot, "root \(root) is not one of \(rankCount) ranks")
        }
    }

    private static func check(order: [Int], rankCount: Int) throws(ScheduleError) {
        guard order.count == rankCount else {
            throw ScheduleError(
                .invalidOrder, "the order lists \(order.count) of \(rankCount) ranks")
        }
        var seen = [Bool](repeating: false, count: rankCount)
        for rank in order {
            guard seen.indices.contains(rank) else {
                throw ScheduleError(
                    .invalidOrder, "the order lists \(rank), not one of \(rankCount) ranks")
            }
            guard !seen[rank] else {
                throw ScheduleError(.invalidOrder, "the order lists rank \(rank) twice")
            }
            seen[rank] = true
        }
    }

    private static func check(
        _ trees: [Tree], rankCount: Int, root: Int?
    ) throws(ScheduleError) {
        guard !trees.isEmpty else {
            throw ScheduleError(.invalidTree, "at least one tree is needed")
        }
        for tree in trees {
            guard tree.parents.count == rankCount else {
                throw ScheduleError(
                    .invalidTree, "a tree spans \(tree.parents.count) of \(rankCount) ranks")
            }
            if let root, tree.root != root {
                throw ScheduleError(
                    .invalidTree, "a tree grows from rank \(tree.root), not from root \(root)")
            }
        }
    }
}
