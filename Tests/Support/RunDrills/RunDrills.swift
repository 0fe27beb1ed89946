import Drills
import Glibc
import Platform

/// Carries out drills and prints the matrix of their cells.
@main struct RunDrills {
    static func main() {
        var plan = Drills.Plan()
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--full": plan.isFull = true
            case "--seed": plan.seed = arguments.popFirst().flatMap { UInt64($0) } ?? plan.seed
            case "--cell": plan.cell = arguments.popFirst()
            case "--transport":
                // What the ranks inherit, before there is a second thread.
                guard let policy = arguments.popFirst() else { return usage() }
                setenv("MARTLET_TRANSPORT", policy, 1)
            default:
                guard Drills.all.contains(where: { $0.name == argument }) else { return usage() }
                plan.names.append(argument)
            }
        }
        print("seed \(plan.seed)")
        let start = Clock.nowNanoseconds()
        plan.progress = { finding in
            let time = finding.milliseconds.map { " (\(Int($0)) ms)" } ?? ""
            print("\(finding.passed ? "passed" : "FAILED") \(finding.cell)\(time)")
        }
        let findings = Drills.run(plan)
        let failed = findings.count { !$0.passed }
        print("\n\(Matrix(findings))\n")
        let seconds = (Clock.nowNanoseconds() - start) / 1_000_000_000
        print("\(findings.count - failed) passed, \(failed) failed in \(seconds) s")
        Host.exit(failed == 0 && !findings.isEmpty ? 0 : 1)
    }

    private static func usage() {
        let names = Drills.all.map { $0.name }.joined(separator: " ")
        let options = "[--full] [--seed N] [--cell TEXT] [--transport POLICY]"
        print("usage: scripts/drills \(options) [\(names)]")
        Host.exit(2)
    }
}
