import Glibc
import Platform
import TestSupport
import Testing

/// What an agent does about its socket, as a process.
@Suite(.serialized) struct AgentSocketTests {
    @Test func `a second agent is refused the first one's socket`() throws {
        let first = try RunningAgent()
        try first.wait()
        let other = try TemporaryDirectory()
        let second = try RunningCommand.finished([
            "agent", "--controller", "--state-directory", "\(other.path)/state",
            "--set", "controller.listen=127.0.0.1:0", "--socket", first.socket,
        ])
        #expect(second.status != 0)
        #expect(second.error.contains("another agent listens at \(first.socket)"))
        #expect(try first.nodes([]).status == 0)
    }

    @Test func `an agent that was killed leaves a socket that the next one takes`() throws {
        let directory = try TemporaryDirectory()
        let first = try RunningAgent(in: directory)
        try first.wait()
        first.command.send(SIGKILL)
        _ = try first.command.finish()
        #expect(try FilePath(first.socket).isSocket())
        let next = try RunningAgent(in: directory)
        try next.wait()
        #expect(try next.stop().status == 0)
        #expect((try? FilePath(next.socket).kind()) == nil)
    }

    @Test(arguments: [
        (String(repeating: "x", count: 120), "choose one of at most 107"),
        ("missing/deeper/agent.sock", "--socket"),
    ])
    func `a socket that cannot be made ends the agent with a reason`(
        name: String, remedy: String
    ) throws {
        let directory = try TemporaryDirectory()
        let result = try RunningCommand.finished([
            "agent", "--controller", "--state-directory", "\(directory.path)/state",
            "--set", "controller.listen=127.0.0.1:0", "--socket", "\(directory.path)/\(name)",
        ])
        #expect(result.status != 0)
        #expect(result.error.contains(remedy), "\(result.error)")
    }

    /// A file system without room for one more name.
    @Test(.enabled(if: geteuid() == 0, "only root can mount"))
    func `a full disk ends the agent with a reason, and leaves nothing`() throws {
        let directory = try TemporaryDirectory()
        mkdir("\(directory.path)/full", 0o755)
        let script = """
            mount -t tmpfs -o nr_inodes=1 none \(directory.path)/full
            \(RunningCommand.program) agent --controller --state-directory \(directory.path)/state \
              --set controller.listen=127.0.0.1:0 --socket \(directory.path)/full/agent.sock
            echo "status $?"; ls \(directory.path)/full
            """
        let launched = try RunningCommand(
            ["launch", "-n", "1", "--no-prefix", "--", "unshare", "-m", "/bin/sh", "-c", script])
        let result = try launched.finish()
        #expect(result.error.contains("No space left on device"), "\(result.error)")
        #expect(result.error.contains("free some space there"), "\(result.error)")
        #expect(result.output == "status 1\n")
    }
}
