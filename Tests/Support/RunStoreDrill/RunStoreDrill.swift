internal import ArgumentParser
internal import StoreDrills

/// Kills the embedded store many times and says what it kept.
@main
struct RunStoreDrill: AsyncParsableCommand {
    @Option(help: "How often the store is killed.")
    var kills = 20
    @Option(help: "The choices of another run.")
    var seed = UInt64.random(in: 0...UInt64.max)

    func run() async throws {
        print("seed \(seed)")
        let report = try await KillDrill(seed: seed, killCount: kills).run { number in
            if number.isMultiple(of: 100) { print("killed \(number) times") }
        }
        for violation in report.violations { print("VIOLATION: \(violation)") }
        print(
            "\(report.killCount) kills in \(Int(report.seconds)) s: "
                + "\(report.acknowledgedCount) changes acknowledged, \(report.unknownCount) requests "
                + "without an answer, \(report.eventCount) events, "
                + "\(report.violations.count) violations")
        if !report.violations.isEmpty { throw ExitCode(1) }
    }
}
