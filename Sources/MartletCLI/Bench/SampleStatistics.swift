import Glibc

/// What a set of times comes down to.
struct SampleStatistics: Equatable {
    var count: Int
    var minimum: Double
    var median: Double
    /// The smallest time that 99 % of all do not exceed (nearest rank): of fewer than 100 times
    /// the largest.
    var percentile99: Double
    var mean: Double

    /// At least one time; order does not matter.
    init(_ times: [Double]) {
        precondition(!times.isEmpty, "statistics of no times")
        let sorted = times.sorted()
        count = sorted.count
        minimum = sorted[0]
        let middle = count / 2
        median =
            count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        percentile99 = sorted[Int((Double(count) * 0.99).rounded(.up)) - 1]
        mean = sorted.reduce(0, +) / Double(count)
    }
}
