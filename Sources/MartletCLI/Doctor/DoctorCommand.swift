import ArgumentParser
import NodeAgent
import Platform
import Topology

/// `martlet doctor`: what on this host will hinder jobs or the agent. Nothing is changed.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Find what on this host will hinder jobs or the agent.",
        discussion: """
            Every finding comes with what was seen and, where something is wrong, with what to do. \
            Nothing is changed. Run it as the user that jobs run as: limits and rights are those of \
            the process.

            Exit status: 0 when nothing is wrong, 1 with warnings, 2 with errors. What could not \
            be found out does not count.
            """)

    @Option(
        help: ArgumentHelp(
            "Only this check (may be given several times): \(DoctorCommand.names).",
            valueName: "check"),
        transform: DoctorCommand.check)
    var only: [DoctorCheck] = []

    @OptionGroup var place: ControlPlaneOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    static let names = DoctorCheck.allCases.map(\.rawValue).joined(separator: ", ")

    static func check(_ text: String) throws -> DoctorCheck {
        guard let check = DoctorCheck(rawValue: text) else {
            throw ValidationError("expected one of \(names)")
        }
        return check
    }

    func run() throws {
        // Before any thread, and before hwloc first looks at its variables.
        HostTopology.prepareProcess()
        let checks =
            only.isEmpty ? DoctorCheck.allCases : DoctorCheck.allCases.filter(only.contains)
        let report = try Complaint.naming("doctor") {
            try waiting { [place] in
                let surroundings = try await DoctorSurroundings(place, checks).found()
                return await Doctor(surroundings).report(checks)
            }
        }
        print(json ? report.json.text + "\n" : DoctorText(report).text, terminator: "")
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }
}
