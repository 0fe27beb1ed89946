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
        let parts = Self.isInParts(collective) ? rankCount : 1
        count = collective == .barrier ? 0 : max(1, byteCount / type.byteCount / parts)
    }

    private static func isInParts(_ collective: Collective) -> Bool {
        collective == .allGather || collective == .reduceScatter
    }

    /// Elements of the whole extent.
    var extent: Int { Self.isInParts(collective) ? count * rankCount : count }

    /// Bytes of the whole extent: the size that is printed.
    var byteCount: Int { extent * type.byteCount }

    /// The call's own parts of the two buffers, in bytes from their beginnings.
    func inputRange(rank: Int, isInPlace: Bool) -> Range<Int> {
        let part = count * type.byteCount
        guard collective == .allGather else { return 0..<byteCount }
        let start = isInPlace ? rank * part : 0
        return start..<(start + part)
    }

    func outputRange(rank: Int, isInPlace: Bool) -> Range<Int> {
        let part = count * type.byteCount
        guard collective == .reduceScatter else { return 0..<byteCount }
        let start = isInPlace ? rank * part : 0
        return start..<(start + part)
    }

    func carried(by algorithm: Algorithm?) -> BenchCase {
        var benchCase = self
        benchCase.algorithm = algorithm
        return benchCase
    }

    /// What stands in the redop and root columns, as in nccl-tests.
    var operationName: String { isReducing ? operation.benchName : "none" }
    var rootName: String { collective.isRooted ? String(root) : "-1" }

    var isReducing: Bool {
        switch collective {
        case .allReduce, .reduceScatter, .reduce: true
        case .allGather, .broadcast, .barrier: false
        }
    }

    /// As asked for: `auto` or a name.
    var requestedAlgorithm: String { algorithm?.name ?? "auto" }

    /// Whether there is an in-place form to measure.
    var hasInPlace: Bool { collective != .barrier }
}
