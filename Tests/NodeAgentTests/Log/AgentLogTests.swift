import CLinux
import Foundation
import Logging
import Platform
import TestSupport
import Testing

@testable import NodeAgent

@Suite struct AgentLogTests {
    private func lines(of directory: TemporaryDirectory) throws -> [[String: Any]] {
        try directory.contents(of: "log").split(separator: "\n").map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `an event has its own level, whatever else is written`() throws {
        let directory = try TemporaryDirectory()
        let file = try FileDescriptor.open(
            "\(directory.path)/log", flags: O_WRONLY | O_CREAT | O_APPEND)
        var logger = AgentLog(format: .json, level: .info, descriptor: file.rawValue)
            .logger("martlet.test")
        logger[metadataKey: "nodeId"] = "n1"
        logger.report(.leaseLost, "gone", ["leaseSeconds": "15"])
        logger.report(.recordWritten, "below the threshold")
        logger.info("from a library")
        let lines = try lines(of: directory)
        #expect(lines.count == 2)
        #expect(lines[0]["event"] as? String == "lease.lost")
        #expect(lines[0]["level"] as? String == "warning")
        #expect(lines[0]["facts"] as? [String: String] == ["leaseSeconds": "15", "nodeId": "n1"])
        #expect(lines[1]["event"] == nil && lines[1]["message"] as? String == "from a library")
    }

    @Test func `loggers that are there follow a change, unless they have a level of their own`()
        throws
    {
        let directory = try TemporaryDirectory()
        let file = try FileDescriptor.open(
            "\(directory.path)/log", flags: O_WRONLY | O_CREAT | O_APPEND)
        let log = AgentLog(format: .text, level: .error, descriptor: file.rawValue)
        let logger = log.logger("martlet.test")
        var quiet = log.logger("martlet.quiet")
        quiet.logLevel = .error
        logger.info("not yet")
        log.change(format: .json, level: .info)
        logger.info("now")
        quiet.info("never")
        #expect(try lines(of: directory).compactMap { $0["message"] as? String } == ["now"])
    }

    @Test func `a reader that stalls costs lines, and the next one counts them`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        defer { for descriptor in [reader, writer] { FileDescriptor.close(descriptor) } }
        let logger = AgentLog(format: .json, level: .info, descriptor: writer).logger("martlet")
        // More than a pipe holds: a write that waited would wait for ever.
        for number in 0..<2000 { logger.info("\(number) \(String(repeating: "x", count: 200))") }
        let taken = text(in: reader).split(separator: "\n").count
        #expect(taken > 0 && taken < 2000)
        logger.info("again")
        #expect(text(in: reader).contains("\"lostLines\":\"\(2000 - taken)\""))
    }

    private func text(in pipe: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count = bytes.withUnsafeMutableBytes { clinux_read(pipe, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }

    @Test func `the journal is recognised by the file that systemd named`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        defer { for descriptor in [reader, writer] { FileDescriptor.close(descriptor) } }
        let identity = try FileIdentity(descriptor: writer)
        let variable = "\(identity.device):\(identity.inode)"
        #expect(Journal.isBehind(writer, variable: variable))
        #expect(!Journal.isBehind(writer, variable: "1:\(identity.inode)"))
        #expect(!Journal.isBehind(writer, variable: nil))
        #expect(!Journal.isBehind(-1, variable: variable))
    }
}
