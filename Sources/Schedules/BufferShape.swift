/// What the two buffers of a call hold on one rank, counted in parts of the whole extent.
///
/// All-gather and reduce-scatter divide the extent among the ranks, a part each, and one of a
/// rank's buffers is its own part alone. Elsewhere the extent is one part. Callers count the
/// elements of one part.
package struct BufferShape: Sendable, Hashable {
    /// Parts of the whole extent.
    package var partCount: Int
    /// The parts that the rank's input holds, none where it is not read.
    package var input: Range<Int>
    /// The parts that the rank's output holds, none where there is no result.
    package var output: Range<Int>

    /// `isRoot` matters only where there is a root.
    package init(_ collective: Collective, isRoot: Bool, rank: Int, rankCount: Int) {
        partCount = 1
        input = 0..<1
        output = 0..<1
        switch collective {
        case .allReduce, .barrier: break
        case .allGather:
            partCount = rankCount
            input = rank..<rank + 1
            output = 0..<rankCount
        case .reduceScatter:
            partCount = rankCount
            input = 0..<rankCount
            output = rank..<rank + 1
        case .broadcast: if !isRoot { input = 0..<0 }
        case .reduce: if !isRoot { output = 0..<0 }
        }
    }
}

extension Range<Int> {
    /// What a range of parts is in units of which each part has so many.
    package func scaled(by unitCount: Int) -> Range<Int> {
        lowerBound * unitCount..<upperBound * unitCount
    }
}

extension Collective {
    /// Whether the extent is divided among the ranks.
    package var isDivided: Bool { self == .allGather || self == .reduceScatter }

    /// Whether callers choose what operands are combined by.
    package var takesOperation: Bool { reduces && self != .barrier }
}
