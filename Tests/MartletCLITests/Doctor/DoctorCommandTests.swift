import Foundation
import Testing

@Suite struct DoctorCommandTests {
    private static let nowhere = ["--socket", "/nonexistent/agent.sock"]

    @Test func `the exit status is that of the worst finding, and JSON says the same`() throws {
        let result = try RunningCommand.finished(["doctor", "--json"] + Self.nowhere)
        #expect((0...2).contains(result.status) && result.error.isEmpty, "\(result.error)")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(object["exitStatus"] as? Int == Int(result.status))
        let findings = try #require(object["findings"] as? [[String: Any]])
        let severities = Set(findings.compactMap { $0["severity"] as? String })
        let worst = severities.contains("error") ? 2 : severities.contains("warning") ? 1 : 0
        #expect(worst == Int(result.status))
    }

    @Test func `text fits into a hundred columns and ends with a summary`() throws {
        let result = try RunningCommand.finished(["doctor"] + Self.nowhere)
        #expect(result.lines.allSatisfy { $0.count <= 100 })
        #expect(result.lines.last?.hasSuffix("unknown") == true)
        #expect(result.lines.last?.contains(" fine, ") == true)
    }

    @Test func `only what is asked for is looked at`() throws {
        let result = try RunningCommand.finished(
            ["doctor", "--only", "numa-balancing", "--only", "gids"] + Self.nowhere)
        let checks = result.lines.dropLast().filter { !$0.hasPrefix(" ") }
            .compactMap { $0.split(separator: " ").dropFirst().first }
        #expect(Set(checks) == ["gids", "numa-balancing"])
        let wrong = try RunningCommand.finished(["doctor", "--only", "nonsense"])
        #expect(wrong.status == 64 && wrong.error.contains("expected one of memlock, verbs"))
    }

    @Test func `a control plane that does not answer is an error with a remedy`() throws {
        let result = try RunningCommand.finished([
            "doctor", "--only", "control-plane", "--control-plane", "http://127.0.0.1:1",
        ])
        #expect(result.status == 2)
        #expect(result.lines[0].contains("it does not answer"))
        #expect(result.output.contains("do:   "))
        let unknown = try RunningCommand.finished(
            ["doctor", "--only", "control-plane"] + Self.nowhere)
        #expect(unknown.status == 0 && unknown.lines[0].hasPrefix("unknown"))
    }

    @Test func `the agent of the host is asked, and its process looked at`() throws {
        let agent = try RunningAgent()
        try agent.wait()
        let result = try RunningCommand.finished([
            "doctor", "--json", "--only", "control-plane", "--only", "memlock", "--socket",
            agent.socket,
        ])
        #expect(result.output.contains("asked by the agent"))
        #expect(result.output.contains("/proc/\(agent.command.identifier)/limits"))
    }
}
