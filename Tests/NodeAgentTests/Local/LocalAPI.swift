import Foundation
import Glibc
import Logging
import Platform
import TestSupport
import Testing

@testable import NodeAgent

/// A local API that really listens, and what stands behind it.
final class LocalAPI: Sendable {
    let directory: TemporaryDirectory
    let path: String
    let status = StatusHolder()
    let requests = AgentRequests()
    let traffic = LocalTraffic()
    let healthPort: Int?
    private let task: Task<Result<Void, AgentError>, Never>

    init(
        limits: LocalLimits = LocalLimits(), health: String? = nil,
        cluster: @escaping @Sendable () -> ClusterReader? = { nil }
    ) async throws {
        directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent.sock"
        self.path = path
        let logger = AgentLog(format: .text, level: .critical).logger("test")
        let router = LocalRouter(
            .init(status: status, requests: requests, cluster: cluster), log: logger,
            traffic: traffic)
        var configuration = LocalServer.Configuration(socketPath: path, healthAddress: health)
        configuration.limits = limits
        let server = LocalServer(configuration, router: router, log: logger)
        let (ports, listening) = AsyncStream.makeStream(of: Int?.self)
        task = Task {
            do throws(AgentError) {
                try await server.run { listening.yield($0) }
                listening.finish()
                return .success(())
            } catch {
                listening.finish()
                return .failure(error)
            }
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await task.value.get()
            throw Overdue(what: "the server ended")
        }
        healthPort = port
    }

    struct Overdue: Error {
        let what: String
    }

    /// Ends the server, and waits until it has.
    func stop() async throws {
        task.cancel()
        try await task.value.get()
    }

    deinit { task.cancel() }

    var client: LocalClient { LocalClient(socketPath: path) }

    func object(_ target: String) async throws -> [String: Any] {
        let response = try await client.ask("GET", target)
        return try #require(
            try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    }

    /// A connection on which the test writes what it likes.
    func connect() throws -> RawConnection { try RawConnection(path: path) }
}

/// A connection to a Unix socket, byte by byte.
final class RawConnection {
    private let descriptor: FileDescriptor

    init(path: String) throws {
        var storage = sockaddr_un()
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { bytes in
            for (index, byte) in path.utf8.enumerated() { bytes[index] = byte }
        }
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = FileDescriptor(owning: raw)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(raw, $0, size)
            }
        }
        guard result == 0 else { throw SystemError(code: errno, operation: "connect \(path)") }
    }

    func send(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.send(descriptor.rawValue, $0.baseAddress, $0.count, 0x4000) }
    }

    /// What comes until the other side closes, or the time is over; then nil.
    func received(withinSeconds seconds: Double = 10) throws -> String? {
        let deadline = Deadline(secondsFromNow: seconds)
        var text = ""
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            guard
                try StreamSocket.wait(descriptor.rawValue, for: Int32(POLLIN), until: deadline)
            else { return nil }
            let count = recv(descriptor.rawValue, &piece, piece.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: piece[..<count], as: UTF8.self)
        }
    }

    /// Whether the other side has closed, without waiting.
    var hasEnded: Bool {
        var byte: UInt8 = 0
        return recv(descriptor.rawValue, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            == 0
    }
}

/// Waits for something, without holding up the threads of other tests.
func eventually(
    withinSeconds seconds: Double = 20, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = Deadline(secondsFromNow: seconds)
    while !deadline.hasPassed {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}
