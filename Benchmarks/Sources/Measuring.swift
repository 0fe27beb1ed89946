import Platform

/// One figure, and what it may be at most.
struct Figure {
    var name: String
    var value: Double
    /// What the value counts: `x` times something, `ns`, calls.
    var unit: String
}

/// Times two pieces of work alternately, so that both meet the machine in the same moods.
enum Measuring {
    static let roundCount = 21

    /// The median over the rounds of how many times as long `work` takes as `yardstick`.
    static func ratio(
        of work: () throws -> Void, to yardstick: () throws -> Void, repetitions: Int
    ) rethrows -> Double {
        var ratios: [Double] = []
        for _ in 0..<roundCount {
            let first = try nanoseconds(repetitions, yardstick)
            let second = try nanoseconds(repetitions, work)
            ratios.append(second / first)
        }
        return median(ratios)
    }

    /// The median over the rounds of what one call takes.
    static func nanosecondsPerCall(
        of work: () throws -> Void, repetitions: Int
    ) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<roundCount { times.append(try nanoseconds(repetitions, work)) }
        return median(times)
    }

    private static func nanoseconds(
        _ repetitions: Int, _ work: () throws -> Void
    ) rethrows -> Double {
        let start = Clock.nowNanoseconds()
        for _ in 0..<repetitions { try work() }
        return Double(Clock.nowNanoseconds() - start) / Double(repetitions)
    }

    private static func median(_ values: [Double]) -> Double {
        values.sorted()[values.count / 2]
    }
}

struct Complaint: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
