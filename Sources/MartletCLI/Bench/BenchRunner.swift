import Martlet
import Platform
import Schedules

/// Measures cases on a communicator; every rank runs the same ones in the same order.
///
/// How time is taken: after warm-up and a barrier, the calls follow each other without a pause, and
/// each rank reads CLOCK_MONOTONIC once between two calls. What is reduced has values that stay as
/// they are under the operation, so that no number of repetitions leads to infinities or to
/// denormals, which would cost time of their own. Buffers are the same for every repetition.
struct BenchRunner: ~Copyable {
    let world: Communicator
    let plan: BenchPlan
    private let buffers: BenchBuffers
    private var seed = 0

    init(_ world: Communicator, _ plan: BenchPlan, cases: [BenchCase]) {
        self.world = world
        self.plan = plan
        buffers = BenchBuffers(byteCount: cases.map(\.byteCount).max() ?? 0)
    }

    /// The result as rank 0 reports it; on other ranks the percentiles are their own.
    mutating func run(_ benchCase: BenchCase) throws(CollectiveError) -> BenchResult {
        var result = BenchResult(
            benchCase: benchCase, algorithm: algorithmName(benchCase),
            transport: world.engine.transportSummary, iterations: 0)
        for isInPlace in [false, true] {
            if isInPlace ? !benchCase.hasInPlace : !plan.measuresOutOfPlace { continue }
            let (form, iterations) = try measure(benchCase, isInPlace: isInPlace)
            result.iterations = iterations
            if isInPlace { result.inPlace = form } else { result.outOfPlace = form }
        }
        // The first call may have opened links.
        result.transport = world.engine.transportSummary
        return result
    }

    private func algorithmName(_ benchCase: BenchCase) -> String {
        guard world.rankCount > 1 else { return "none" }
        let byteCount = max(benchCase.byteCount, 1)
        let chosen = benchCase.algorithm ?? world.engine.choose(benchCase.collective, byteCount)
        return chosen.name
    }
}

// MARK: - Time

extension BenchRunner {
    private mutating func measure(
        _ benchCase: BenchCase, isInPlace: Bool
    ) throws(CollectiveError) -> (BenchResult.Form, Int) {
        fillForTiming(benchCase, isInPlace: isInPlace)
        let iterations = try warmUp(benchCase, isInPlace: isInPlace)
        try world.barrier()
        let taken = Host.processorNanoseconds
        let moments = try repeatCall(benchCase, isInPlace: isInPlace, count: iterations)
        let spent = Host.processorNanoseconds - taken
        let spans = zip(moments.dropFirst(), moments).map { Double($0 - $1) / 1e3 }
        let perCall = 1e3 * Double(iterations)
        let time = plan.average.combine(
            try world.allGather([Double(moments[iterations] - moments[0]) / perCall]))
        let processorTime = try world.allGather([Double(spent) / perCall]).reduce(0, +)
        let wrongCount = try check(benchCase, isInPlace: isInPlace)
        let form = BenchResult.Form(
            statistics: SampleStatistics(spans), time: time,
            bandwidth: Bandwidth(
                benchCase.collective, byteCount: benchCase.byteCount, microseconds: time,
                rankCount: world.rankCount),
            wrongCount: wrongCount, processorTime: processorTime)
        return (form, iterations)
    }

    /// Runs the calls that are not counted; answers how many are to be counted, on every rank what
    /// rank 0 says.
    private func warmUp(
        _ benchCase: BenchCase, isInPlace: Bool
    ) throws(CollectiveError) -> Int {
        if case .iterations(let count) = plan.repetition {
            _ = try repeatCall(benchCase, isInPlace: isInPlace, count: plan.warmUpCount)
            return count
        }
        // The first call opens links and compiles programs: it says nothing about the others.
        _ = try repeatCall(benchCase, isInPlace: isInPlace, count: 1)
        let probes = max(2, plan.warmUpCount)
        let moments = try repeatCall(benchCase, isInPlace: isInPlace, count: probes)
        let microseconds = Double(moments[probes] - moments[0]) / 1e3 / Double(probes)
        var count = [Int64(plan.iterations(microsecondsPerCall: microseconds))]
        try world.broadcast(&count, root: 0)
        return Int(count[0])
    }

    /// The moments before the first call and after each, in nanoseconds.
    private func repeatCall(
        _ benchCase: BenchCase, isInPlace: Bool, count: Int
    ) throws(CollectiveError) -> [UInt64] {
        var moments = [UInt64](repeating: 0, count: count + 1)
        let operands = unsafe buffers.operands(
            benchCase, rank: world.rank, isInPlace: isInPlace)
        moments[0] = Clock.nowNanoseconds()
        for index in 0..<count {
            try unsafe call(
                benchCase, UnsafeRawBufferPointer(operands.input), operands.output)
            moments[index + 1] = Clock.nowNanoseconds()
        }
        return moments
    }

    private func call(
        _ benchCase: BenchCase, _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CollectiveError) {
        let (count, type) = (benchCase.count, benchCase.type)
        let (operation, root) = (benchCase.operation, benchCase.root)
        let algorithm = benchCase.algorithm
        switch benchCase.collective {
        case .allReduce:
            try unsafe world.allReduce(
                input: input, output: output, count: count, type: type, operation: operation,
                algorithm: algorithm)
        case .reduceScatter:
            try unsafe world.reduceScatter(
                input: input, output: output, count: count, type: type, operation: operation,
                algorithm: algorithm)
        case .allGather:
            try unsafe world.allGather(
                input: input, output: output, count: count, type: type, algorithm: algorithm)
        case .broadcast:
            try unsafe world.broadcast(
                input: input, output: output, count: count, type: type, root: root,
                algorithm: algorithm)
        case .reduce:
            try unsafe world.reduce(
                input: input, output: output, count: count, type: type, operation: operation,
                root: root, algorithm: algorithm)
        case .barrier: try world.barrier(algorithm: algorithm)
        }
    }

    private func fillForTiming(_ benchCase: BenchCase, isInPlace: Bool) {
        let value = benchCase.operation == .sum ? 0 : 1
        let pattern = CheckPattern(
            type: benchCase.type, operation: benchCase.operation, rankCount: world.rankCount,
            seed: 0
        ).encode(repeatElement(value, count: CheckPattern.period))
        let operands = unsafe buffers.operands(
            benchCase, rank: world.rank, isInPlace: isInPlace)
        unsafe PatternMemory.fill(operands.output, with: pattern)
        unsafe PatternMemory.fill(operands.input, with: pattern)
    }
}

// MARK: - Results

extension BenchRunner {
    /// Runs the call on known values; answers how many elements are wrong on all ranks together,
    /// nil when nothing is to be checked.
    private mutating func check(
        _ benchCase: BenchCase, isInPlace: Bool
    ) throws(CollectiveError) -> Int? {
        guard plan.checkCount > 0, benchCase.collective != .barrier else { return nil }
        var wrong = 0
        for _ in 0..<plan.checkCount {
            seed += 1
            let expectation = BenchExpectation(benchCase, rankCount: world.rankCount, seed: seed)
            let operands = unsafe buffers.operands(
                benchCase, rank: world.rank, isInPlace: isInPlace)
            unsafe expectation.prepare(operands.input, operands.output, rank: world.rank)
            try unsafe call(
                benchCase, UnsafeRawBufferPointer(operands.input), operands.output)
            wrong += unsafe expectation.wrongCount(
                UnsafeRawBufferPointer(operands.input), UnsafeRawBufferPointer(operands.output),
                rank: world.rank, isInPlace: isInPlace)
        }
        var total = [Int64(wrong)]
        try world.allReduce(&total, .sum)
        return Int(total[0])
    }
}
