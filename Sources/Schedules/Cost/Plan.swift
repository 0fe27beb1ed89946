/// How a communicator chooses algorithms: the cost table, and rules that go before it.
///
/// Ranks with the same plan choose the same, and the same plan gives the same bits from run to run.
/// It is what `MARTLET_PLAN` saves and reloads.
public struct Plan: Sendable, Hashable {
    /// One collective in one range of sizes goes by one algorithm, whatever the table predicts.
    public struct Rule: Sendable, Hashable {
        public var collective: Collective
        /// The extent of the calls it covers, first and last included.
        public var byteCounts: ClosedRange<Int>
        public var algorithm: Algorithm

        public init(collective: Collective, byteCounts: ClosedRange<Int>, algorithm: Algorithm) {
            precondition(
                Algorithm.available(for: collective).contains(algorithm),
                "\(collective.name) cannot go by \(algorithm.name)")
            self.collective = collective
            self.byteCounts = byteCounts
            self.algorithm = algorithm
        }
    }

    /// The version of the text that this library writes and reads.
    public static let version = 1

    public var rankCount: Int
    public var table: CostTable
    /// The order in which rings and trees run; nil for that of the ranks' hosts.
    public var order: RankOrder?
    /// The first rule that covers a call decides.
    public var rules: [Rule]

    public init(rankCount: Int, table: CostTable, order: RankOrder? = nil, rules: [Rule] = []) {
        self.rankCount = rankCount
        self.table = table
        self.order = order
        self.rules = rules
    }

    /// Lets one algorithm carry every collective that it can, before all other rules.
    public mutating func force(_ algorithm: Algorithm) {
        let able = Collective.allCases.filter {
            Algorithm.available(for: $0).contains(algorithm)
        }
        rules.insert(
            contentsOf: able.map {
                Rule(collective: $0, byteCounts: 0...Int.max, algorithm: algorithm)
            }, at: 0)
    }

    /// The algorithm for a call, and why. `byteCount` is that of the whole extent: for all-gather
    /// the output, for reduce-scatter the input.
    public func choose(_ collective: Collective, byteCount: Int) -> Choice {
        var choice = table.choose(collective, rankCount: rankCount, byteCount: byteCount)
        let rule = rules.first {
            $0.collective == collective && $0.byteCounts.contains(byteCount)
        }
        if let rule {
            choice.algorithm = rule.algorithm
            choice.isForced = true
        }
        return choice
    }
}
