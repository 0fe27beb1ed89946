import Martlet
import Platform
import Schedules

/// A benchmark as asked for, with everything checked that can be checked without the other ranks.
struct BenchPlan {
    /// How often a form of a call is timed.
    enum Repetition: Equatable {
        case iterations(Int)
        /// As often as fits, at least `minimumIterations` times.
        case budget(milliseconds: Double)
    }

    static let minimumIterations = 3
    static let maximumIterations = 100_000

    var collective: Collective
    var sweep: SizeSweep
    var types: [DataType]
    var operations: [ReductionOperation]
    /// nil: every rank in turn.
    var root: Int?
    var repetition: Repetition
    var warmUpCount: Int
    var checkCount: Int
    var average: TimeAverage
    var measuresOutOfPlace: Bool
    /// Each measures every case; nil: the one that the agreed plan chooses.
    var algorithms: [Algorithm?]

    /// Every line of the table, in order. A size that comes down to the same elements as the one
    /// before is not measured twice. Algorithms take turns at each size, so that what happens to the
    /// machine meanwhile happens to all of them.
    func cases(rankCount: Int) -> [BenchCase] {
        let roots = collective.isRooted ? root.map { [$0] } ?? Array(0..<rankCount) : [0]
        let sizes = collective == .barrier ? [0] : sweep.byteCounts
        var cases: [BenchCase] = []
        for type in collective == .barrier ? [.uint8] : types {
            for operation in collective.takesOperation ? operations : [.sum] {
                for root in roots {
                    let line = sizes.map {
                        BenchCase(
                            collective, type: type, operation: operation, root: root,
                            byteCount: $0, rankCount: rankCount)
                    }
                    for (index, benchCase) in line.enumerated()
                    where index == 0 || benchCase != line[index - 1] {
                        cases += algorithms.map { benchCase.carried(by: $0) }
                    }
                }
            }
        }
        return cases
    }

    /// How often a call is repeated that takes so long.
    func iterations(microsecondsPerCall: Double) -> Int {
        switch repetition {
        case .iterations(let count): return count
        case .budget(let milliseconds):
            let fitting = milliseconds * 1_000 / max(microsecondsPerCall, 0.01)
            let bounded = min(fitting, Double(Self.maximumIterations))
            return max(Self.minimumIterations, Int(bounded))
        }
    }

    var repetitionText: String {
        switch repetition {
        case .iterations(let count): "iters: \(count)"
        case .budget(let milliseconds): "budget: \(milliseconds.plain) ms"
        }
    }
}
