import Testing

@testable import Schedules

@Suite struct ChoiceTests {
    private let pair = CostTable.unmeasured(ranksPerHost: 2, coresPerHost: 2)

    @Test func `two ranks on loopback exchange directly until bytes matter`() {
        for byteCount in [8, 1024, 32 << 10] {
            #expect(
                pair.choose(.allReduce, rankCount: 2, byteCount: byteCount).algorithm == .direct)
        }
        for byteCount in [1 << 20, 64 << 20] {
            #expect(
                pair.choose(.allReduce, rankCount: 2, byteCount: byteCount).algorithm != .direct)
        }
    }

    @Test func `predictions for loopback are of the measured size`() {
        func microseconds(_ byteCount: Int) -> Int {
            pair.choose(.allReduce, rankCount: 2, byteCount: byteCount).predictedNanoseconds / 1000
        }
        // Measured on two cores: 5 us for 8 B, 216 us for 1 MiB, 38.7 ms for 64 MiB.
        #expect((3...8).contains(microseconds(8)))
        #expect((100...700).contains(microseconds(1 << 20)))
        #expect((15_000...50_000).contains(microseconds(64 << 20)))
    }

    @Test func `many ranks prefer few bytes for long and few steps for short buffers`() {
        let table = CostTable.unmeasured(ranksPerHost: 1, coresPerHost: 8)
        let short = table.choose(.allReduce, rankCount: 64, byteCount: 64 << 10)
        #expect(short.algorithm == .halvingDoubling || short.algorithm == .tree)
        let long = table.choose(.allReduce, rankCount: 60, byteCount: 1 << 30)
        #expect(long.algorithm == .ring)
    }

    @Test func `ranks that share cores pay for the messages of all`() {
        let own = CostTable.unmeasured(ranksPerHost: 8, coresPerHost: 8)
        let shared = CostTable.unmeasured(ranksPerHost: 8, coresPerHost: 2)
        for algorithm in Algorithm.available(for: .allReduce) {
            let alone = own.prediction(
                of: .allReduce, by: algorithm, rankCount: 8, byteCount: 1 << 20)
            let crowded = shared.prediction(
                of: .allReduce, by: algorithm, rankCount: 8, byteCount: 1 << 20)
            // The center of a star is busy for as long, whoever has a core of its own.
            let least = algorithm == .star ? 1 : 2
            #expect(crowded.nanoseconds > least * alone.nanoseconds)
        }
    }

    @Test(arguments: [4, 8])
    func `ranks that share cores send the fewest messages for short buffers`(rankCount: Int) {
        let own = CostTable.unmeasured(ranksPerHost: rankCount, coresPerHost: 2 * rankCount)
        let shared = CostTable.unmeasured(ranksPerHost: rankCount, coresPerHost: 2)
        for byteCount in [8, 4096] {
            let alone = own.choose(.allReduce, rankCount: rankCount, byteCount: byteCount)
            let crowded = shared.choose(.allReduce, rankCount: rankCount, byteCount: byteCount)
            #expect(alone.algorithm != .star)
            #expect(crowded.algorithm == .star)
        }
        let long = shared.choose(.allReduce, rankCount: rankCount, byteCount: 4 << 20)
        #expect(long.algorithm != .star)
    }

    @Test(arguments: Collective.allCases)
    func `more bytes never take less time`(_ collective: Collective) {
        for algorithm in Algorithm.available(for: collective) {
            for rankCount in [1, 2, 3, 16, 100, 1024] {
                var before = 0
                for power in 0..<62 {
                    let time = pair.prediction(
                        of: collective, by: algorithm, rankCount: rankCount, byteCount: 1 << power
                    ).nanoseconds
                    #expect(time >= before)
                    before = time
                }
            }
        }
    }

    @Test func `a choice weighs every algorithm and says so`() {
        let choice = pair.choose(.allReduce, rankCount: 2, byteCount: 8)
        #expect(Set(choice.candidates.map(\.algorithm)) == Set(Algorithm.allCases))
        let lines = choice.explanation.split(separator: "\n")
        #expect(
            lines[0]
                == "all-reduce of 8 bytes among 2 ranks goes by direct, predicted to be the fastest:"
        )
        #expect(lines.count == 6)
        #expect(lines[1].hasPrefix("  direct: 5.00 us = 1.00 us latency of 1 steps + "))
    }

    @Test func `a single rank costs nothing`() {
        for collective in Collective.allCases {
            let choice = pair.choose(collective, rankCount: 1, byteCount: 1 << 30)
            #expect(choice.predictedNanoseconds == 0)
        }
    }
}
