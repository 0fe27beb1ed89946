extension Program {
    /// The program of one rank.
    ///
    /// All ranks of a schedule must be made with the same arguments but `rank`. For the others see
    /// ``Pattern/init(collective:algorithm:rankCount:root:order:trees:)``, which serves better
    /// where several ranks' programs are made.
    public static func make(
        collective: Collective, algorithm: Algorithm, rank: Int, rankCount: Int, root: Int = 0,
        order: [Int]? = nil, trees: [Tree]? = nil
    ) throws(ScheduleError) -> Program {
        let pattern = try Pattern(
            collective: collective, algorithm: algorithm, rankCount: rankCount, root: root,
            order: order, trees: trees)
        guard (0..<rankCount).contains(rank) else {
            throw ScheduleError(.invalidRank, "rank \(rank) is not one of \(rankCount) ranks")
        }
        return pattern.program(of: rank)
    }

    /// The program of one rank where rings and trees run in an order of hosts.
    public static func make(
        collective: Collective, algorithm: Algorithm, rank: Int, root: Int = 0,
        over order: RankOrder, segmentCount: Int = 1
    ) throws(ScheduleError) -> Program {
        let pattern = try Pattern(
            collective: collective, algorithm: algorithm, root: root, over: order,
            segmentCount: segmentCount)
        guard order.ranks.indices.contains(rank) else {
            throw ScheduleError(
                .invalidRank, "rank \(rank) is not one of \(order.ranks.count) ranks")
        }
        return pattern.program(of: rank)
    }
}
