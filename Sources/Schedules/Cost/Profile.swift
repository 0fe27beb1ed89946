/// What a schedule costs, before anything is known about the machine: steps, messages and bytes, by
/// closed formulas over the default orders and trees.
///
/// Byte counts are of the whole extent: for all-gather the output, for reduce-scatter the input.
public struct Profile: Sendable, Hashable {
    /// How often the latency of a link is paid, one after the other.
    public var stepCount = 0
    /// Messages of all ranks.
    public var messageCount = 0
    /// The most messages that any rank sends, or that any receives.
    public var busiestMessageCount = 0
    /// Bytes that all ranks send.
    public var sentByteCount = 0
    /// The most bytes that any rank sends, or that any receives.
    public var busiestByteCount = 0
    /// Bytes that all ranks combine into another operand.
    public var reducedByteCount = 0
    /// The most bytes that any rank combines into another operand.
    public var busiestReducedByteCount = 0
    /// Bytes of a message that further steps wait for before the busiest rank streams: nothing
    /// where steps do not overlap.
    public var fillByteCount = 0

    init() {}

    /// - Complexity: O(log n).
    public init(
        collective: Collective, algorithm: Algorithm, rankCount: Int, byteCount: Int
    ) {
        precondition(rankCount > 0 && byteCount >= 0, "\(byteCount) bytes, \(rankCount) ranks")
        guard rankCount > 1 else { return }
        let size = Size(rankCount: rankCount, byteCount: byteCount)
        switch collective {
        case .allReduce: self = .allReduce(algorithm, size)
        case .reduceScatter: self = .reduceScatter(size)
        case .allGather: self = .allGather(algorithm, size)
        case .broadcast: self = .broadcast(algorithm, size)
        case .reduce: self = .reduce(algorithm, size)
        case .barrier: self = .barrier(algorithm, Size(rankCount: rankCount, byteCount: 1))
        }
    }
}

/// The quantities that formulas are made of; `n` and `p` as in the algorithms' descriptions.
struct Size {
    let n: Int
    let byteCount: Int

    init(rankCount: Int, byteCount: Int) {
        n = rankCount
        self.byteCount = byteCount
    }

    /// The largest power of two not above `n`.
    var p: Int { 1 << log2(n) }
    /// `log₂ p`.
    var rounds: Int { log2(n) }
    /// How many ranks are left over by the power of two.
    var rest: Int { n - p }
    /// `⌊log₂ n⌋`, the depth of the trees of an all-reduce.
    var depth: Int { log2(n) }
    /// `1 + ⌊log₂ (n - 1)⌋`, the depth of trees hung from a root.
    var rootedDepth: Int { 1 + log2(n - 1) }
    var half: Int { byteCount / 2 }

    /// `byteCount · numerator / denominator`, rounded up, without overflow where the result fits.
    func share(_ numerator: Int, of denominator: Int) -> Int {
        let (whole, rest) = byteCount.quotientAndRemainder(dividingBy: denominator)
        return Saturating.product(whole, numerator)
            + (Saturating.product(rest, numerator) + denominator - 1) / denominator
    }

    func times(_ factor: Int) -> Int { Saturating.product(byteCount, factor) }

    private func log2(_ value: Int) -> Int { Int.bitWidth - 1 - value.leadingZeroBitCount }
}
