import CLinux
import Synchronization
import Testing

@testable import Platform

@Suite struct LogTests {
    private func text(in pipe: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe clinux_read(pipe, bytes.baseAddress, bytes.count)
        }
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }

    @Test func `lines that a full pipe does not take are dropped and counted`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        defer { FileDescriptor.close(reader) }
        let dropped = Atomic<Int>(0)
        // More than a pipe holds: a write that waited would wait for ever.
        for number in 0..<2000 {
            Log.write(.info, "\(number) \(String(repeating: "x", count: 200))", to: writer, dropped)
        }
        let lost = dropped.load(ordering: .relaxed)
        #expect(lost > 0)
        let lines = text(in: reader).split(separator: "\n")
        #expect(lines.count == 2000 - lost)
        #expect(lines.allSatisfy { $0.hasSuffix("x") })
        Log.write(.warning, "again", to: writer, dropped)
        let start = "martlet[\(Host.processIdentifier)] warning: again"
        let next = text(in: reader)
        #expect(next.hasPrefix(start) && next.contains("(\(lost) lines in front of this one"))
        Log.write(.warning, "again", to: writer, dropped)
        #expect(text(in: reader) == start + "\n")
        FileDescriptor.close(writer)
    }

    @Test func `a line that nobody reads raises no signal`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        FileDescriptor.close(reader)
        let dropped = Atomic<Int>(0)
        Log.write(.error, "into the void", to: writer, dropped)
        #expect(dropped.load(ordering: .relaxed) == 1)
        FileDescriptor.close(writer)
    }

    @Test func `a long line is cut between characters`() throws {
        let (reader, writer) = try DescriptorPair.pipe()
        let dropped = Atomic<Int>(0)
        for padding in ["", "x", "xx"] {
            let message = padding + String(repeating: "€", count: 3000)
            Log.write(.info, message, to: writer, dropped)
            let line = text(in: reader)
            #expect(line.hasSuffix("€\n") && line.utf8.count <= 4096 && line.utf8.count > 4090)
        }
        FileDescriptor.close(reader)
        FileDescriptor.close(writer)
    }
}
