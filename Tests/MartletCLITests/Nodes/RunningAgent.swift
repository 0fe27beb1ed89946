import Glibc
import Platform
import TestSupport

/// An agent with a control plane of its own, as a real process; ended with its owner.
final class RunningAgent {
    let directory: TemporaryDirectory
    let command: RunningCommand
    var socket: String { "\(directory.path)/agent.sock" }

    /// - Parameter options: more of them.
    init(
        node: String = "node-1", _ options: [String] = [],
        in directory: TemporaryDirectory? = nil
    ) throws {
        self.directory = try directory ?? TemporaryDirectory()
        let path = self.directory.path
        command = try RunningCommand(
            [
                "agent", "--controller", "--cluster", "test", "--node-id", node,
                "--state-directory", "\(path)/state", "--socket", "\(path)/agent.sock",
                "--log-format", "json", "--set", "controller.listen=127.0.0.1:0",
                "--set", "probe.listen=127.0.0.1:0", "--set", "inventory.slots=8",
                "--set", "inventory.asksRuntimes=false",
            ] + options)
    }

    /// Waits until the control plane has the node, in this state.
    func wait(for state: String = "ready") throws {
        let isThere = try eventually(withinSeconds: 30) {
            try nodes(["--json"]).output.contains("\"state\":\"\(state)\"")
        }
        if !isThere { throw RunningCommand.Overdue(what: "\(state): \(command.errorText)") }
    }

    /// Runs `martlet nodes` against it.
    func nodes(_ arguments: [String]) throws -> RunningCommand.Result {
        try RunningCommand.finished(["nodes"] + arguments + ["--socket", socket])
    }

    /// The address of its control plane, as the log has it.
    var controlPlane: String {
        get throws {
            let result = try RunningCommand.finished([
                "nodes", "--json", "--socket", socket,
            ])
            guard result.status == 0,
                let start = command.errorText.firstRange(of: "\"controlPlane\":\"")
            else { throw RunningCommand.Overdue(what: command.errorText) }
            return String(command.errorText[start.upperBound...].prefix { $0 != "\"" })
        }
    }

    /// Asks it to end, and waits until it has.
    func stop() throws -> RunningCommand.Result {
        command.send(SIGTERM)
        return try command.finish()
    }
}
