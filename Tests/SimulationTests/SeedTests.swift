import SimulationSupport
import Testing

/// A sample of what `scripts/simulate` runs by the ten thousand.
@Suite struct SeedTests {
    static let batchSize: UInt64 = 25

    @Test(arguments: (0..<12).map { $0 * batchSize + 1 })
    func `every promise holds in every run`(first: UInt64) {
        for seed in first..<first + Self.batchSize {
            let report = Simulation.run(seed: seed)
            #expect(
                report.violations == [],
                "scripts/simulate --seed \(seed) --trace (\(report.fault))")
        }
    }

    @Test(arguments: [3, 50, 77, 141, 300] as [UInt64])
    func `the same seed is the same run`(seed: UInt64) {
        let (first, second) = (Simulation.run(seed: seed), Simulation.run(seed: seed))
        #expect(first.digest == second.digest)
        #expect(first.eventCount == second.eventCount)
        #expect(first.digest != Simulation.run(seed: seed + 1).digest)
    }

    @Test func `watching a run does not change it`() {
        var lines = 0
        let watched = Simulation.run(seed: 50) { _ in lines += 1 }
        #expect(lines > 10)
        #expect(watched.digest == Simulation.run(seed: 50).digest)
    }

    @Test func `every fault is drawn, and does what it should to the communicator`() {
        var runs: Set<String> = []
        var failed: Set<String> = []
        for seed in UInt64(1)...200 {
            let report = Simulation.run(seed: seed)
            runs.insert(report.fault)
            if report.hasFailure { failed.insert(report.fault) }
        }
        #expect(runs == Set(Fault.names))
        #expect(failed == Set(Fault.names).subtracting(["none"]))
    }
}
