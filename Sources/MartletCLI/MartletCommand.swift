import ArgumentParser
import Glibc
import Platform

/// The `martlet` command. Each subcommand has a file or a folder of its own.
@main struct MartletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Collective communication for AI clusters.",
        version: martletVersion,
        subcommands: [
            LaunchCommand.self, BenchCommand.self, PlanCommand.self, TopologyCommand.self,
            AgentCommand.self, NodesCommand.self, DoctorCommand.self,
        ])

    /// Parses and runs. A wrong flag or value gets one line that says what was expected.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let complaint as Complaint {
            write("\(complaint)")
            Glibc.exit(complaint.exitStatus)
        } catch {
            let code = exitCode(for: error)
            // Help and version are errors to the parser, and so is the status of a finished job.
            guard code == .validationFailure else { exit(withError: error) }
            write("martlet: " + message(for: error) + helpHint())
            Glibc.exit(code.rawValue)
        }
    }

    private static func helpHint() -> String {
        let known = configuration.subcommands.compactMap { $0.configuration.commandName }
        let named = CommandLine.arguments.dropFirst().prefix { !$0.hasPrefix("-") }.first
        let path = named.flatMap { known.contains($0) ? "martlet \($0)" : nil } ?? "martlet"
        return " (see '\(path) --help')"
    }

    private static func write(_ message: String) {
        var line = message.split(separator: "\n").joined(separator: " ") + "\n"
        line.withUTF8 { bytes in
            _ = unsafe FileDescriptor.write(STDERR_FILENO, UnsafeRawBufferPointer(bytes))
        }
    }
}
