import Martlet
import Schedules

/// One line of a benchmark: a collective of so many elements.
struct BenchCase: Equatable {
    var collective: Collective
    var type: DataType
    var operation: ReductionOperation
    var root: Int
    /// Elements as the call counts them: of one rank's part for all-gather and reduce-scatter.
    var count: Int
    var rankCount: Int
    /// nil: the one that the agreed plan chooses.
    var algorithm: Algorithm?

    /// The case closest to a size: at least one element (per rank), whole elements only.
    ///
    /// As in nccl-tests, the size of all-gather and reduce-scatter is that of all parts together.
    init(
        _ collective: Collective, type: DataType, operation: ReductionOperation, root: Int,
        byteCount: Int, rankCount: Int
    ) {
        self.collective = collective
        self.type = type
        self.operation = operation
        self.root = root
        self.rankCount = rankCount
        let parts = collective.isDivided ? rankCount : 1
        count = collective == .barrier ? 0 : max(1, byteCount / type.byteCount / parts)
    }

    /// Elements of the whole extent.
    var extent: Int { collective.isDivided ? count * rankCount : count }

    /// Bytes of the whole extent: the size that is printed.
    var byteCount: Int { extent * type.byteCount }

    /// The call's own parts of the two buffers, in bytes from their beginnings. Every rank has both,
    /// as if it were the root.
    func inputRange(rank: Int, isInPlace: Bool) -> Range<Int> {
        bytes(of: shape(of: rank).input, isInPlace: isInPlace)
    }

    func outputRange(rank: Int, isInPlace: Bool) -> Range<Int> {
        bytes(of: shape(of: rank).output, isInPlace: isInPlace)
    }

    private func shape(of rank: Int) -> BufferShape {
        BufferShape(collective, isRoot: true, rank: rank, rankCount: rankCount)
    }

    /// Apart, both buffers begin with what the rank holds; in place, with the whole extent.
    private func bytes(of parts: Range<Int>, isInPlace: Bool) -> Range<Int> {
        let start = isInPlace ? parts.lowerBound : 0
        return (start..<start + parts.count).scaled(by: count * type.byteCount)
    }

    /// Whether a rank's input is read.
    func hasInput(on rank: Int) -> Bool {
        let isRoot = rank == root
        return !BufferShape(collective, isRoot: isRoot, rank: rank, rankCount: rankCount)
            .input.isEmpty
    }

    func carried(by algorithm: Algorithm?) -> BenchCase {
        var benchCase = self
        benchCase.algorithm = algorithm
        return benchCase
    }

    /// What stands in the redop and root columns, as in nccl-tests.
    var operationName: String { collective.takesOperation ? operation.benchName : "none" }
    var rootName: String { collective.isRooted ? String(root) : "-1" }

    /// As asked for: `auto` or a name.
    var requestedAlgorithm: String { algorithm?.name ?? "auto" }

    /// Whether there is an in-place form to measure.
    var hasInPlace: Bool { collective != .barrier }
}
