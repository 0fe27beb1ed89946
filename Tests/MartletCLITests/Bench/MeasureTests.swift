import Martlet
import Schedules
import Testing

@testable import MartletCLI

@Suite struct MeasureTests {
    @Test func `statistics of a known series`() {
        let statistics = SampleStatistics((1...200).map(Double.init).shuffled())
        #expect(statistics.count == 200)
        #expect(statistics.minimum == 1)
        #expect(statistics.median == 100.5)
        #expect(statistics.percentile99 == 198)
        #expect(statistics.mean == 100.5)
    }

    @Test func `of few times the 99th percentile is the largest`() {
        #expect(SampleStatistics([3]).percentile99 == 3)
        #expect(SampleStatistics([5, 1, 2]).percentile99 == 5)
        #expect(SampleStatistics([5, 1, 2]).median == 2)
        #expect(SampleStatistics((1...100).map(Double.init)).percentile99 == 99)
    }

    /// The factors of nccl-tests' doc/PERFORMANCE.md.
    @Test(
        arguments: zip(
            [Collective.allReduce, .reduceScatter, .allGather, .broadcast, .reduce],
            [1.5, 0.75, 0.75, 1, 1]))
    func `bus bandwidth follows the formula`(collective: Collective, factor: Double) {
        let bandwidth = Bandwidth(
            collective, byteCount: 4_000_000, microseconds: 1_000, rankCount: 4)
        #expect(bandwidth.algorithm == 4)
        #expect(bandwidth.bus == 4 * factor)
    }

    @Test func `nothing travels between one rank`() {
        for collective in Collective.allCases {
            #expect(Bandwidth.busFactor(collective, rankCount: 1) == 0)
        }
        #expect(Bandwidth(.barrier, byteCount: 0, microseconds: 0, rankCount: 2).algorithm == 0)
    }

    @Test func `the ranks' times become one as asked`() {
        let times = [2.0, 4, 9]
        #expect(TimeAverage.allCases.map { $0.combine(times) } == [2, 5, 2, 9])
    }

    @Test func `a size becomes whole elements for every rank`() {
        func make(_ collective: Collective, _ byteCount: Int) -> BenchCase {
            BenchCase(
                collective, type: .float32, operation: .sum, root: 0, byteCount: byteCount,
                rankCount: 3)
        }
        #expect(make(.allReduce, 10).count == 2)
        #expect(make(.allReduce, 0).count == 1)
        #expect(make(.allGather, 100).count == 8)
        #expect(make(.allGather, 100).byteCount == 96)
        #expect(make(.reduceScatter, 4).byteCount == 12)
        #expect(make(.barrier, 100).byteCount == 0)
    }

    @Test func `parts lie where the collective puts them`() {
        let gather = BenchCase(
            .allGather, type: .float64, operation: .sum, root: 0, byteCount: 240, rankCount: 3)
        #expect(gather.inputRange(rank: 2, isInPlace: false) == 0..<80)
        #expect(gather.inputRange(rank: 2, isInPlace: true) == 160..<240)
        #expect(gather.outputRange(rank: 2, isInPlace: true) == 0..<240)
        var scatter = gather
        scatter.collective = .reduceScatter
        #expect(scatter.outputRange(rank: 1, isInPlace: false) == 0..<80)
        #expect(scatter.outputRange(rank: 1, isInPlace: true) == 80..<160)
        #expect(scatter.inputRange(rank: 1, isInPlace: true) == 0..<240)
    }

    private var plan: BenchPlan {
        BenchPlan(
            collective: .reduce, sweep: .list([4, 5, 6, 8]), types: [.int32, .float64],
            operations: [.sum, .maximum], root: nil, repetition: .budget(milliseconds: 100),
            warmUpCount: 1, checkCount: 1, average: .mean, measuresOutOfPlace: true,
            algorithms: [nil])
    }

    @Test func `cases cover types, operations and roots, and no elements twice`() {
        let cases = plan.cases(rankCount: 2)
        // int32: 4, 5 and 6 bytes are one element, 8 are two; float64: all are one.
        #expect(cases.count == 2 * 2 * 2 + 2 * 2)
        #expect(cases.filter { $0.type == .int32 && $0.root == 1 }.map(\.count) == [1, 2, 1, 2])
    }

    @Test func `algorithms take turns at each size`() {
        var plan = plan
        (plan.collective, plan.types, plan.operations) = (.allReduce, [.int32], [.sum])
        plan.algorithms = [nil, .ring, .direct]
        let cases = plan.cases(rankCount: 2)
        #expect(cases.map(\.count) == [1, 1, 1, 2, 2, 2])
        #expect(cases.map(\.algorithm) == [nil, .ring, .direct, nil, .ring, .direct])
    }

    @Test func `a list of algorithms is taken as it is meant`() throws {
        func meant(_ text: String, _ collective: Collective) throws -> [String] {
            BenchValue.expand(try BenchValue.algorithms(text), for: collective)
                .map { $0?.name ?? "auto" }
        }
        #expect(try meant("auto", .allReduce) == ["auto"])
        #expect(try meant("tree,ring,tree", .allReduce) == ["tree", "ring"])
        #expect(
            try meant("direct,all,auto", .allReduce)
                == ["direct", "ring", "tree", "halving-doubling", "star", "auto"])
        #expect(try meant("all", .broadcast) == ["ring", "tree", "direct"])
        #expect(throws: (any Error).self) { try BenchValue.algorithms("ring,,tree") }
    }

    @Test func `a barrier is one case`() {
        var plan = plan
        plan.collective = .barrier
        #expect(plan.cases(rankCount: 4).count == 1)
    }

    @Test func `a budget buys as many calls as fit, within bounds`() {
        #expect(plan.iterations(microsecondsPerCall: 50) == 2_000)
        #expect(plan.iterations(microsecondsPerCall: 1e9) == BenchPlan.minimumIterations)
        #expect(plan.iterations(microsecondsPerCall: 0) == BenchPlan.maximumIterations)
    }
}
