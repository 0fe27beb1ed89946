import Foundation
import Logging
import Platform
import Testing

@testable import NodeAgent

@Suite struct LogLineTests {
    private static let line = LogLine(
        time: Timestamp(milliseconds: 1_795_905_227_123), level: .warning, label: "martlet.test",
        event: "lease.lost", message: "the lease ran out",
        facts: [("leaseId", "7587"), ("peer", "a b")])

    @Test func `text has time, level, event, message and facts`() {
        #expect(
            Self.line.text(.text, forJournal: false)
                == "2026-11-28T22:33:47.123Z warning lease.lost: the lease ran out "
                + "leaseId=7587 peer=\"a b\"\n")
    }

    @Test func `the journal gets a priority instead of time and level`() {
        #expect(
            Self.line.text(.text, forJournal: true)
                == "<4>lease.lost: the lease ran out leaseId=7587 peer=\"a b\"\n")
        #expect(Self.line.text(.json, forJournal: true).hasPrefix("<4>{\"time\":"))
    }

    @Test(arguments: [
        (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3),
        (.critical, 2),
    ])
    func `levels have the priorities of syslog`(level: Logger.Level, severity: Int) {
        #expect(level.severity == severity)
    }

    private func object(_ line: LogLine) throws -> [String: Any] {
        let text = line.text(.json, forJournal: false)
        #expect(text.utf8.count <= LineWriter.byteLimit)
        #expect(text.hasSuffix("}\n") && text.count { $0 == "\n" } == 1)
        return try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `JSON holds the same under its documented names`() throws {
        let object = try object(Self.line)
        #expect(
            Set(object.keys) == ["time", "level", "event", "label", "message", "facts"])
        #expect(object["event"] as? String == "lease.lost")
        #expect(object["level"] as? String == "warning")
        #expect(object["facts"] as? [String: String] == ["leaseId": "7587", "peer": "a b"])
    }

    /// What a stranger sent may stand in a message.
    @Test func `a message cannot make lines of its own`() throws {
        var line = Self.line
        line.message = "gone\n<0>agent.stopped: \u{1b}[2J\u{9b}all\r\u{0}is well"
        line.facts = [("peer", "x\ny=\"z\"")]
        let text = line.text(.text, forJournal: false)
        #expect(text.unicodeScalars.count { $0.value < 0x20 } == 1 && text.hasSuffix("\n"))
        #expect(!text.unicodeScalars.contains { (0x7f...0x9f).contains($0.value) })
        #expect(try object(line)["message"] as? String == line.message)
    }

    @Test(arguments: [LogFormat.text, .json])
    func `no line is longer than a pipe takes whole`(format: LogFormat) {
        var line = Self.line
        line.message = String(repeating: "€", count: 5000)
        line.facts = (0..<50).map { ("fact\($0)", String(repeating: "\"\u{1}", count: $0 * 40)) }
        let text = line.text(format, forJournal: true)
        #expect(text.utf8.count <= LineWriter.byteLimit && text.hasSuffix("\n"))
        #expect(text.contains("…") && text.contains("omittedFacts"))
    }
}
