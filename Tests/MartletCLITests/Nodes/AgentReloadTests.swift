import Foundation
import Glibc
import Platform
import TestSupport
import Testing

@Suite(.serialized) struct AgentReloadTests {
    private func write(_ text: String, _ directory: TemporaryDirectory) throws {
        try FileDescriptor.replaceContents(
            of: "\(directory.path)/agent.yaml", with: Array(text.utf8))
    }

    /// Reloads, and waits for the answer in the log, of which `count` are there then.
    private func reload(_ agent: RunningAgent, _ event: String, count: Int = 1) throws -> String {
        agent.command.send(SIGHUP)
        var lines: [Substring] = []
        let isTold = eventually(withinSeconds: 20) {
            lines = agent.command.errorText.split(separator: "\n")
                .filter { $0.contains("\"event\":\"\(event)\"") }
            return lines.count == count
        }
        try #require(isTold, "\(agent.command.errorText)")
        return lines.last.map(String.init) ?? ""
    }

    @Test func `SIGHUP takes what may change, or nothing of a file with a mistake`() throws {
        let directory = try TemporaryDirectory()
        try write("log:\n  level: error\n", directory)
        let agent = try RunningAgent(["--config", "\(directory.path)/agent.yaml"], in: directory)
        try agent.wait()
        #expect(agent.command.errorText.isEmpty)

        try write("log:\n  level: debug\nhealth:\n  listen: 127.0.0.1:1\n", directory)
        let taken = try reload(agent, "configuration.read")
        #expect(taken.contains("taken up: log.level; waiting for a restart: health.listen"))
        #expect(try agent.nodes(["drain"]).status == 0)
        try agent.wait(for: "drained")
        #expect(agent.command.errorText.contains("node.draining"))

        try write("log:\n  level: error\nprobe:\n  intervalSeconds: soon\n", directory)
        let refused = try reload(agent, "configuration.refused")
        #expect(refused.contains("agent.yaml:4: probe.intervalSeconds"))
        #expect(try agent.nodes(["resume"]).status == 0)
        #expect(agent.command.errorText.contains("node.resumed"))
        #expect(try agent.stop().status == 0)
    }
}
