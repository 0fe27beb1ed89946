/// What one rank does for a collective: its part of a schedule.
///
/// A program does not depend on the buffer's size. Chunk `i` of `c` covers elements
/// `⌊e·i/c⌋ ..< ⌊e·(i+1)/c⌋` of an extent of `e` elements; chunks may be empty.
public struct Program: Sendable, Hashable {
    public var collective: Collective
    public var algorithm: Algorithm
    public var rank: Int
    public var rankCount: Int
    /// The root of a broadcast or reduce, else 0.
    public var root: Int
    /// Into how many chunks the extent is divided; a multiple of `rankCount` for all-gather and
    /// reduce-scatter, whose parts are the ranks' own.
    public var chunkCount: Int
    public var steps: [Step]

    public init(
        collective: Collective, algorithm: Algorithm, rank: Int, rankCount: Int, root: Int = 0,
        chunkCount: Int, steps: [Step]
    ) {
        self.collective = collective
        self.algorithm = algorithm
        self.rank = rank
        self.rankCount = rankCount
        self.root = root
        self.chunkCount = chunkCount
        self.steps = steps
    }
}

extension Program {
    /// The elements that a range of chunks covers in an extent of `elementCount` elements.
    public func elements(of chunks: Range<Int>, in elementCount: Int) -> Range<Int> {
        boundary(
            chunks.lowerBound, in: elementCount)..<boundary(chunks.upperBound, in: elementCount)
    }

    /// `⌊elementCount · index / chunkCount⌋`, without overflow.
    private func boundary(_ index: Int, in elementCount: Int) -> Int {
        let (whole, rest) = elementCount.quotientAndRemainder(dividingBy: chunkCount)
        return whole * index + rest * index / chunkCount
    }
}
