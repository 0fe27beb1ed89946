import Foundation
import Glibc
import Platform
import TestSupport
import Testing

@testable import MartletCLI

@Suite(.serialized) struct NodesCommandTests {
    private func listing(_ result: RunningCommand.Result) throws -> [String: Any] {
        #expect(result.status == 0, "\(result.error)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test func `an agent's node is shown through its socket and by its control plane`() throws {
        let agent = try RunningAgent()
        try agent.wait()
        let table = try agent.nodes([])
        #expect(table.lines[0] == "cluster test: 1 node, 8 slots, 0 reserved, 8 free")
        #expect(table.lines[1].split(separator: " ").first == "NODE")
        let words = table.lines[2].split(separator: " ").map(String.init)
        #expect(words[0] == "node-1" && words[2] == "ready" && words[4] == "0/8")
        #expect(table.lines.allSatisfy { $0.count <= 80 })

        let object = try listing(try agent.nodes(["--json"]))
        let keys: Set = ["schemaVersion", "cluster", "revision", "capacity", "nodes"]
        // The node becomes the prober when it has found that there is none.
        #expect(Set(object.keys).subtracting(["prober"]) == keys)
        let direct = try RunningCommand.finished([
            "nodes", "--json", "--cluster", "test", "--control-plane", try agent.controlPlane,
        ])
        let nodes = try #require(try listing(direct)["nodes"] as? [[String: Any]])
        #expect(nodes.map { $0["nodeId"] as? String } == ["node-1"])

        let other = try RunningCommand.finished([
            "nodes", "--cluster", "other", "--control-plane", try agent.controlPlane,
        ])
        #expect(other.status == 0 && other.output == "cluster other: no nodes\n")
        #expect(try agent.stop().status == 0)
    }

    @Test func `describe shows one node, and says which there are`() throws {
        let agent = try RunningAgent()
        try agent.wait()
        let text = try agent.nodes(["describe", "node"])
        #expect(text.status == 0, "\(text.error)")
        for part in ["node   node-1", "ready: lease held", "8 (configuration)", "NUMA nodes"] {
            #expect(text.output.contains(part), "\(part) in \(text.output)")
        }
        let object = try listing(try agent.nodes(["describe", "node-1", "--json"]))
        #expect(object["record"] is [String: Any])
        let missing = try agent.nodes(["describe", "absent"])
        #expect(missing.status == 1)
        #expect(
            missing.error
                == "martlet nodes describe: cluster test has no node 'absent'; it has node-1\n")
    }

    @Test func `a node drains and resumes, and says why`() throws {
        let agent = try RunningAgent()
        try agent.wait()
        let drained = try agent.nodes(["drain", "--reason", "new disks"])
        #expect(drained.status == 0 && drained.output.hasPrefix("node-1 is asked to drain"))
        try agent.wait(for: "drained")
        #expect(try agent.nodes(["--wide"]).output.contains("new disks"))
        #expect(try agent.nodes([]).output.contains("0 free"))
        let elsewhere = try RunningCommand.finished([
            "nodes", "resume", "node-1", "--cluster", "test", "--control-plane",
            try agent.controlPlane,
        ])
        #expect(elsewhere.status == 1 && elsewhere.error.contains("on its own host"))
        #expect(try agent.nodes(["resume", "node-1"]).status == 0)
        try agent.wait(for: "ready")
    }

    @Test func `orders go through the control plane, too, and name who gave them`() throws {
        let agent = try RunningAgent()
        try agent.wait()
        let place = ["--cluster", "test", "--control-plane", try agent.controlPlane]
        let drained = try RunningCommand.finished(["nodes", "drain", "node-1"] + place)
        #expect(drained.status == 0, "\(drained.error)")
        try agent.wait(for: "drained")
        #expect(try agent.nodes(["--wide"]).output.contains(NodeOrders.operatorName))
        // Also where the agent is asked, what stands in the control plane ends there.
        let resumed = try agent.nodes(["resume"])
        #expect(resumed.status == 0, "\(resumed.error)")
        try agent.wait(for: "ready")

        let again = try RunningCommand.finished(["nodes", "drain", "node-1"] + place)
        #expect(again.status == 0, "\(again.error)")
        try agent.wait(for: "drained")
        let elsewhere = try RunningCommand.finished(["nodes", "resume", "node-1"] + place)
        #expect(elsewhere.status == 0, "\(elsewhere.error)")
        try agent.wait(for: "ready")
    }

    @Test func `a node that is there is not forgotten, one that left is`() throws {
        let directory = try TemporaryDirectory()
        let agent = try RunningAgent(in: directory)
        try agent.wait()
        let place = ["--cluster", "test", "--control-plane", try agent.controlPlane]
        let refused = try RunningCommand.finished(["nodes", "forget", "node-1"] + place)
        #expect(refused.status == 1)
        #expect(refused.error.contains("stop its agent first"))
        #expect(try agent.stop().status == 0)
        // The same control plane, and another node in its place.
        let next = try RunningAgent(node: "node-2", in: directory)
        try next.wait()
        #expect(try next.nodes(["--json"]).output.contains("\"state\":\"left\""))
        #expect(try next.nodes(["forget", "node-1"]).output == "node-1 is forgotten\n")
        #expect(try !next.nodes(["--json"]).output.contains("node-1"))
    }

    @Test(arguments: [[], ["--json"]])
    func `watching shows changes as they come`(form: [String]) throws {
        let agent = try RunningAgent()
        try agent.wait()
        let watch = try RunningCommand(
            ["nodes", "--watch", "--socket", agent.socket] + form)
        try watch.waitForLines(1, containing: "ready")
        #expect(try agent.nodes(["drain"]).status == 0)
        try watch.waitForLines(1, containing: "drained")
        #expect(try agent.stop().status == 0)
        let result = try watch.finish()
        #expect(result.status == 1 && result.error.hasSuffix("the agent has ended\n"))
    }

    @Test func `what is missing is said, with what to do`() throws {
        let none = try RunningCommand.finished(["nodes", "--socket", "/nonexistent/agent.sock"])
        #expect(none.status == 1)
        #expect(
            none.error.hasPrefix(
                "martlet nodes: no agent listens at /nonexistent/agent.sock; start")
        )
        let away = try RunningCommand.finished(["nodes", "--control-plane", "http://127.0.0.1:1"])
        #expect(away.status == 1 && away.errorLines.count == 1)
        #expect(away.error.hasPrefix("martlet nodes: http://127.0.0.1:1: "), "\(away.error)")
        let nonsense = try RunningCommand.finished(["nodes", "--control-plane", "ftp://x"])
        #expect(nonsense.status != 0 && nonsense.error.contains("control-plane"))
        let drain = try RunningCommand.finished([
            "nodes", "drain", "--socket", "/nonexistent/agent.sock",
        ])
        #expect(drain.status == 1 && drain.error.contains("/nonexistent/agent.sock"))
    }

    /// Somebody of the host who may open the socket, and is neither root nor the agent's user.
    @Test(.enabled(if: geteuid() == 0, "only root can act as somebody else"))
    func `others may look, and not order`() throws {
        let agent = try RunningAgent(["--set", "api.group=root"])
        try agent.wait()
        // The way there must be open; the socket itself is for its group, whose number stays.
        let group = try FilePath(agent.socket).attributes().group
        #expect(chmod(agent.directory.path, 0o711) == 0)
        func asStranger(_ arguments: String, group: UInt32) throws -> RunningCommand.Result {
            let command =
                "setpriv --reuid=65534 --regid=\(group) --clear-groups "
                + "\(RunningCommand.program) nodes \(arguments) --socket \(agent.socket)"
            let launched = try RunningCommand(
                ["launch", "-n", "1", "--no-prefix", "--", "/bin/sh", "-c", command])
            return try launched.finish()
        }
        let look = try asStranger("list", group: group)
        #expect(look.output.contains("node-1"), "\(look.error)")
        let order = try asStranger("drain", group: group)
        #expect(order.error.contains("may not ask for this; run the command as root"))
        let stranger = try asStranger("list", group: 65534)
        #expect(stranger.error.contains("this user may not ask the agent"), "\(stranger.error)")
        #expect(try agent.nodes(["--json"]).output.contains("\"state\":\"ready\""))
    }
}
