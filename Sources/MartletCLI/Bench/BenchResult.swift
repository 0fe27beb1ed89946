import Martlet
import Schedules

/// What was measured for one case.
struct BenchResult {
    /// One of the two forms of a call.
    struct Form {
        /// Microseconds, over rank 0's iterations.
        var statistics: SampleStatistics
        /// Microseconds: the ranks' mean times per iteration, combined as -a says. What the time
        /// column shows and what the bandwidths are made of.
        var time: Double
        var bandwidth: Bandwidth
        /// Elements that were not what they must be, on all ranks; nil when nothing was checked.
        var wrongCount: Int?
        /// Microseconds of processor time that a call takes of all ranks together.
        var processorTime = 0.0
    }

    var benchCase: BenchCase
    /// The one that carried it, however it was chosen.
    var algorithm: String
    var transport: String
    var iterations: Int
    var outOfPlace: Form?
    var inPlace: Form?

    var forms: [Form] { [outOfPlace, inPlace].compactMap { $0 } }
    var wrongCount: Int { forms.reduce(0) { $0 + ($1.wrongCount ?? 0) } }
}

/// The facts that hold for a whole run.
struct BenchContext {
    var collective: Collective
    var rankCount: Int
    /// Rank 0's.
    var host: String
    var hostCount: Int
    /// When it began, to the minute, in UTC.
    var date: String
    var processorCount: Int
    var transport: String
    /// As asked for: `auto` and names, with commas between them.
    var algorithm: String
    var average: TimeAverage
    var checks: Int
}

/// How the ranks' times become one: nccl-tests' -a.
enum TimeAverage: Int, CaseIterable {
    case rank0 = 0
    case mean = 1
    case minimum = 2
    case maximum = 3

    /// - Parameter times: one per rank, at least one.
    func combine(_ times: [Double]) -> Double {
        switch self {
        case .rank0: times[0]
        case .mean: times.reduce(0, +) / Double(times.count)
        case .minimum: times.min() ?? 0
        case .maximum: times.max() ?? 0
        }
    }
}
