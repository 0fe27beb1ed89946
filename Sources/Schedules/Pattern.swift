/// A collective, an algorithm and an order of ranks that go together: what makes the programs of
/// all ranks.
///
/// Checked once and turned into lookups, so that each rank's program costs no more than its steps.
public struct Pattern: Sendable {
    public let collective: Collective
    public let algorithm: Algorithm
    public let rankCount: Int
    /// The root of a broadcast or reduce, else 0.
    public let root: Int
    /// Into how many segments a buffer that streams is divided, see ``Algorithm/segmentCount(for:rankCount:byteCount:)``.
    public let segmentCount: Int
    /// The rank at each position.
    let order: [Int]
    /// The position of each rank.
    let positions: [Int]
    /// The trees that carry one chunk each, where the algorithm goes by trees.
    let trees: [Tree]

    /// - Parameters:
    ///   - root: the root of a broadcast or reduce; ignored for others.
    ///   - order: the ranks in the order in which rings and positions are counted, a permutation
    ///     of `0..<rankCount`; by default ascending.
    ///   - trees: for the tree algorithm, the trees that carry one chunk each; of a broadcast or
    ///     reduce each must have the root at its top. By default two over the order, see
    ///     ``Tree/pair(over:)``, and one for a barrier.
    ///   - segmentCount: for an all-reduce by ring, at least 1; ignored for others.
    public init(
        collective: Collective, algorithm: Algorithm, rankCount: Int, root: Int = 0,
        order: [Int]? = nil, trees: [Tree]? = nil, segmentCount: Int = 1
    ) throws(ScheduleError) {
        try self.init(
            collective, algorithm, rankCount, root, order ?? Array(0..<max(0, rankCount)), trees,
            hostSizes: nil, segmentCount)
    }

    /// The same in the order of hosts and their ranks; trees keep a host's ranks together, see
    /// ``Tree/pair(overHosts:)``.
    public init(
        collective: Collective, algorithm: Algorithm, root: Int = 0, over order: RankOrder,
        segmentCount: Int = 1
    ) throws(ScheduleError) {
        try self.init(
            collective, algorithm, order.ranks.count, root, order.ranks, nil,
            hostSizes: order.hostSizes, segmentCount)
    }

    private init(
        _ collective: Collective, _ algorithm: Algorithm, _ rankCount: Int, _ root: Int,
        _ order: [Int], _ trees: [Tree]?, hostSizes: [Int]?, _ segmentCount: Int
    ) throws(ScheduleError) {
        precondition(segmentCount > 0, "\(segmentCount) segments")
        try Pattern.check(collective, algorithm, rankCount: rankCount, root: root)
        self.collective = collective
        self.algorithm = algorithm
        self.rankCount = rankCount
        self.root = collective.isRooted ? root : 0
        self.segmentCount =
            collective == .allReduce && algorithm == .ring ? segmentCount : 1
        self.order = order
        positions = try Pattern.positions(in: self.order, rankCount: rankCount)
        if let trees {
            try Pattern.check(trees, rankCount: rankCount, root: collective.isRooted ? root : nil)
        }
        self.trees =
            algorithm == .tree
            ? trees
                ?? Pattern.defaultTrees(
                    collective, RankOrder.hosts(of: order, sizes: hostSizes ?? [rankCount]), root)
            : []
    }

    /// The program of one rank, which must be in `0..<rankCount`.
    public func program(of rank: Int) -> Program {
        precondition((0..<rankCount).contains(rank), "rank \(rank) of \(rankCount)")
        let draft = rankCount == 1 ? alone() : draft(at: Seat(rank: rank, pattern: self))
        return Program(
            collective: collective, algorithm: algorithm, rank: rank, rankCount: rankCount,
            root: root, chunkCount: draft.chunkCount, steps: draft.steps)
    }

    /// A single rank's result is its own input.
    private func alone() -> Draft {
        var draft = Draft(chunkCount: 1)
        draft.copy(0..<1, isFinal: collective.reduces)
        return draft
    }

    private static func defaultTrees(
        _ collective: Collective, _ hosts: [[Int]], _ root: Int
    ) -> [Tree] {
        switch collective {
        case .barrier: [Tree.inOrder(overHosts: hosts)]
        case .broadcast, .reduce: Tree.pair(overHosts: hosts, root: root)
        default: Tree.pair(overHosts: hosts)
        }
    }
}

extension Pattern {
    private static func check(
        _ collective: Collective, _ algorithm: Algorithm, rankCount: Int, root: Int
    ) throws(ScheduleError) {
        guard Algorithm.available(for: collective).contains(algorithm) else {
            let names = Algorithm.available(for: collective).map(\.name).joined(separator: ", ")
            throw ScheduleError(
                .unavailable,
                "\(collective.name) cannot go by \(algorithm.name); it can by \(names)")
        }
        guard rankCount > 0 else {
            throw ScheduleError(.invalidRank, "\(rankCount) ranks; at least one is needed")
        }
        guard !collective.isRooted || (0..<rankCount).contains(root) else {
            throw ScheduleError(.invalidRoot, "root \(root) is not one of \(rankCount) ranks")
        }
    }

    static func positions(
        in order: [Int], rankCount: Int
    ) throws(ScheduleError) -> [Int] {
        guard order.count == rankCount else {
            throw ScheduleError(
                .invalidOrder, "the order lists \(order.count) of \(rankCount) ranks")
        }
        var positions = [Int](repeating: -1, count: rankCount)
        for (position, rank) in order.enumerated() {
            guard positions.indices.contains(rank) else {
                throw ScheduleError(
                    .invalidOrder, "the order lists \(rank), not one of \(rankCount) ranks")
            }
            guard positions[rank] < 0 else {
                throw ScheduleError(.invalidOrder, "the order lists rank \(rank) twice")
            }
            positions[rank] = position
        }
        return positions
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
