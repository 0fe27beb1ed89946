/// What all ranks do for a collective: one program per rank.
public struct Schedule: Sendable, Hashable {
    /// The program of each rank, in the order of the ranks.
    public var programs: [Program]

    public init(programs: [Program]) {
        self.programs = programs
    }

    /// The programs of all ranks of a pattern.
    public init(_ pattern: Pattern) {
        programs = (0..<pattern.rankCount).map { pattern.program(of: $0) }
    }
}

extension Schedule {
    /// Executes all ranks symbolically, in place and out of place, and shows for buffers of any
    /// size, cut into any segments, that
    ///
    /// - both ends of each link agree on what it carries, in order;
    /// - no step waits for ever, though nothing is buffered on the way: a send completes only as
    ///   the matching receive takes it, and what a link lends is taken only as the reduction
    ///   consumes it, or at most one segment ahead of it, see ``Proof/lending``;
    /// - nothing is read before it is sure to be written, and nothing overwritten that a step may
    ///   still read;
    /// - everything lent is consumed by exactly one reduction;
    /// - every element of a result holds exactly one contribution of each rank that belongs to it,
    ///   completed by exactly one final combination, in the same order of reduction on all ranks,
    ///   in place as out of place.
    ///
    /// Waiting is decided on whole steps, which covers all segmentations: if steps can run one after
    /// the other in some order, so can their segments, and since more progress of one step never
    /// holds back another, every execution then completes. Where a link holds a segment, a cycle
    /// could also close from one segment to the next; those are searched in a graph of the first,
    /// a middle and the last segment of each step. Orders in memory are proved by dependencies
    /// alone, which order byte ranges of equal chunks one by one: lanes and what other ranks do
    /// may order more, but no memory relies on it.
    ///
    /// - Complexity: about linear in the number of steps and the chunks they cover.
    public func prove() throws(Refutation) -> Proof {
        try Prover.prove(rankCount: programs.count) { programs[$0] }
    }
}

extension Pattern {
    /// Proves the schedule, see ``Schedule/prove()``, without keeping the programs of all ranks.
    public func prove() throws(Refutation) -> Proof {
        try Prover.prove(rankCount: rankCount, program: program)
    }
}

/// The prover's phases over one schedule, whose programs are read one by one and not kept.
enum Prover {
    static func prove(
        rankCount: Int, program: (_ rank: Int) -> Program
    ) throws(Refutation) -> Proof {
        guard rankCount > 0 else {
            throw Refutation(.malformed, rank: 0, step: nil, "a schedule needs a rank")
        }
        var board = Board(first: program(0), rankCount: rankCount)
        for rank in 0..<rankCount { try board.append(program(rank), rank: rank) }
        try board.matchLanes()
        try MemoryOrder.check(board)
        let waits = try WaitOrder(board)
        try SymbolicRun.check(board, order: waits.leaders)
        return Proof(
            rankCount: rankCount, programStepCount: board.steps.count,
            messageCount: board.messageCount, criticalStepCount: waits.criticalStepCount,
            lending: waits.lending)
    }
}
