import ClusterStore
import Glibc
import Platform
import StoreSupport
import Testing

/// Connections of those who have no business here.
@Suite(.takingTurns) struct StrangerTests {
    @Test(arguments: [true, false])
    func aSilentConnectionEndsInTwoSeconds(_ isSecure: Bool) async throws {
        let server = try await StoreProcess.started(
            certificates: isSecure ? try TestCertificates() : nil)
        let start = Clock.nowNanoseconds()
        let stranger = try Stranger(server.endpoint.port)
        #expect(await eventually(within: 6) { stranger.hasEnded })
        let seconds = Double(Clock.nowNanoseconds() - start) / 1e9
        #expect(seconds > 1.5)
    }

    @Test func aConnectionThatStopsBeforeHTTP2EndsToo() async throws {
        let server = try await StoreProcess.started()
        let stranger = try Stranger(server.endpoint.port)
        stranger.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(await eventually(within: 6) { stranger.hasEnded })
        let other = try Stranger(server.endpoint.port)
        other.send("GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        #expect(await eventually(within: 6) { other.hasEnded })
    }

    @Test func manyCostFewDescriptorsAndKeepNobodyOut() async throws {
        let server = try await StoreProcess.started()
        let client = try server.client()
        defer { client.close() }
        try await client.put("before", [1])
        let process = try #require(server.processIdentifier)
        let before = try descriptorCount(of: process)
        let strangers = try (0..<300).map { _ in try Stranger(server.endpoint.port) }
        // The oldest are closed for those that come later.
        #expect(await eventually(within: 1.8) { strangers.count { $0.hasEnded } >= 300 - 64 })
        #expect(try descriptorCount(of: process) <= before + 64 + 2)
        // A new client among them.
        let other = try server.client()
        defer { other.close() }
        #expect(try await other.get("before")?.value == [1])
        #expect(await eventually(within: 6) { strangers.allSatisfy(\.hasEnded) })
        #expect(
            try await eventually(within: 5) { try descriptorCount(of: process) <= before + 2 })
    }

    private func descriptorCount(of process: Int32) throws -> Int {
        try FilePath("/proc/\(process)/fd").names().count
    }
}

/// A connection that says nothing unless told to.
private final class Stranger {
    private let descriptor: Int32

    init(_ port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(descriptor, pointer, size)
            }
        }
        guard result == 0 else { throw ToolFailure(message: "connect: errno \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// Whether the other side has closed; what it sent before is dropped.
    var hasEnded: Bool {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN }
        }
    }
}
