import Foundation
import Testing

@Suite struct PlanCommandTests {
    @Test func `a plan shows choice, proof, bytes and steps`() throws {
        let result = try RunningCommand.finished(
            ["plan", "all-reduce", "--ranks", "4", "--bytes", "1M", "--algorithm", "ring"])
        #expect(result.status == 0)
        let text = result.output
        #expect(text.contains("goes by ring, as the plan demands"))
        #expect(text.contains("proved over all 4 ranks"))
        #expect(text.contains("steps on the longest path: 6"))
        // 2 (n - 1) / n of the buffer.
        #expect(text.contains("rank 0: sends 1572864 bytes in 6 messages"))
        #expect(text.contains("rank 3 of 4: all-reduce by ring"))
    }

    @Test func `of a long schedule the first steps are listed`() throws {
        let result = try RunningCommand.finished(
            ["plan", "all-reduce", "--ranks", "4", "--bytes", "1G", "--algorithm", "ring"])
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count < 450)
        #expect(lines.contains { $0.hasPrefix("  99: ") } && !result.output.contains("  100: "))
        #expect(lines.contains { $0.hasPrefix("  and ") && $0.hasSuffix(" more steps") })
        #expect(lines.last == "--json lists all steps")
    }

    @Test func `JSON holds the same facts`() throws {
        let result = try RunningCommand.finished(
            ["plan", "broadcast", "-n", "16", "--bytes", "64K", "--root", "3", "--json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(object["schema"] as? String == "martlet-plan/1")
        #expect(object["isProved"] as? Bool == true)
        #expect(object["byteCount"] as? Int == 65_536)
        #expect((object["candidates"] as? [Any])?.count == 3)
    }

    @Test(arguments: [
        (["plan", "all-shuffle", "--ranks", "4"], "unknown collective 'all-shuffle'"),
        (["plan", "all-reduce", "--ranks", "0"], "--ranks is 0, expected 1 to 65536"),
        (
            ["plan", "all-reduce", "--ranks", "2", "--bytes", "1X"],
            "--bytes is '1X', expected a size"
        ),
        (["plan", "reduce", "--ranks", "2", "--root", "2"], "--root is 2, expected 0 to 1"),
        (
            ["plan", "barrier", "--ranks", "2", "--algorithm", "ring"],
            "barrier cannot go by 'ring', expected one of"
        ),
    ])
    func `wrong arguments get one line that says what was expected`(
        arguments: [String], complaint: String
    ) throws {
        let result = try RunningCommand.finished(arguments)
        #expect(result.status != 0)
        #expect(result.error.contains(complaint))
        #expect(result.errorLines.count == 1)
    }
}
