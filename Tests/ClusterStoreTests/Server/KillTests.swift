import StoreDrills
import Testing

@Suite struct KillTests {
    /// `scripts/store-drill --kills 500` is the long form.
    @Test func whatWasAcknowledgedSurvivesKills() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("kill drill: seed \(seed)")
        let report = try await KillDrill(seed: seed, killCount: 20).run()
        #expect(report.violations.isEmpty, "seed \(seed)")
        // Else nothing was put to the test.
        #expect(report.acknowledgedCount > 100, "\(report)")
    }
}
