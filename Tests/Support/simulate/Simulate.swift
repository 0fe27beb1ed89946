import Glibc
import SimulationSupport

/// `simulate --seeds N [--first F]` runs seeds on all processors and sums up what they showed;
/// `simulate --seed S [--trace]` runs one, and tells what it does; `simulate --planted [--seeds N]`
/// plants wrong decisions, and says which seed finds each of them.
@main struct Simulate {
    static func main() {
        var arguments = CommandLine.arguments.dropFirst()
        var options = Options()
        while let name = arguments.popFirst() {
            switch name {
            case "--trace": options.traces = true
            case "--planted": options.plants = true
            case "--seed", "--seeds", "--first", "--threads":
                guard let value = arguments.popFirst().flatMap(UInt64.init) else { usage() }
                options.numbers[name] = value
            default: usage()
            }
        }
        if let seed = options.numbers["--seed"] {
            exit(runOne(seed, traces: options.traces) ? 0 : 1)
        }
        if options.plants { exit(runPlanted(upTo: options.numbers["--seeds"] ?? 200) ? 0 : 1) }
        exit(runMany(options) ? 0 : 1)
    }

    struct Options {
        var traces = false
        var plants = false
        var numbers: [String: UInt64] = [:]
    }

    static func usage() -> Never {
        print(
            "usage: simulate --seeds N [--first F] [--threads T] | --seed S [--trace]"
                + " | --planted [--seeds N]")
        exit(2)
    }

    static func runOne(_ seed: UInt64, traces: Bool) -> Bool {
        if traces { print(Scenario(seed: seed)) }
        let report = Simulation.run(seed: seed, trace: traces ? { print($0) } : nil)
        print(
            "seed \(seed): \(report.rankCount) ranks, \(report.callCount) calls, fault:"
                + " \(report.fault); \(report.eventCount) events in"
                + " \(report.virtualNanoseconds / 1_000_000) ms, digest \(report.digest)")
        for violation in report.violations { print("  \(violation)") }
        print(report.violations.isEmpty ? "all holds" : "\(report.violations.count) violations")
        return report.violations.isEmpty
    }
}
