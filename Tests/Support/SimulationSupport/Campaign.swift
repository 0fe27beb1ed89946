import Liveness
import SimulatedTransport

/// The outcome of one seed.
package struct SeedReport: Sendable {
    package var seed: UInt64
    package var fault: String
    package var rankCount: Int
    package var callCount: Int
    package var eventCount: Int
    package var virtualNanoseconds: UInt64
    /// Whether any rank's communicator failed.
    package var hasFailure: Bool
    package var digest: UInt64
    package var violations: [String]
}

extension Simulation {
    /// Runs a seed's scenario.
    package static func run(
        seed: UInt64, plant: Plant? = nil, trace: ((String) -> Void)? = nil
    ) -> SeedReport {
        let scenario = Scenario(seed: seed)
        let simulation = Simulation(scenario, plant: plant, trace: trace)
        let start = simulation.network.now
        simulation.run()
        return SeedReport(
            seed: seed, fault: scenario.fault.name, rankCount: scenario.rankCount,
            callCount: scenario.calls.count, eventCount: simulation.network.eventCount,
            virtualNanoseconds: simulation.network.now - start,
            hasFailure: simulation.hasFailure, digest: simulation.network.digest,
            violations: simulation.violations)
    }

    /// The first of so many seeds in which the ranks' wrong decision breaks a promise; nil where
    /// it breaks none.
    package static func find(_ plant: Plant, seedCount: UInt64) -> SeedReport? {
        for seed in plant.firstSeed..<plant.firstSeed + seedCount {
            let report = run(seed: seed, plant: plant)
            if !report.violations.isEmpty { return report }
        }
        return nil
    }

    private var hasFailure: Bool { ranks.contains { $0.status.isAborted } }
}
