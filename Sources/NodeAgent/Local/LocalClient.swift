internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Platform

/// Asks the agent of this host, over its Unix socket.
package struct LocalClient: Sendable {
    package let socketPath: String
    /// For everything but following.
    package var timeoutSeconds = 20.0

    package init(socketPath: String) {
        self.socketPath = socketPath
    }

    /// What an answer may have at most: the listing of a large cluster.
    private static let byteLimit = 256 << 20

    /// Whether something stands at the path: not whether it answers.
    package var exists: Bool { (try? FilePath(socketPath).isSocket()) == true }

    /// Asks, and waits for the whole answer.
    ///
    /// - Throws: when no agent answers, or this user may not ask it. What the agent refuses is an
    ///   answer.
    package func ask(
        _ method: String, _ target: String, body: [UInt8] = []
    ) async throws(AgentError) -> LocalResponse {
        let channel = try await connect()
        let seconds = timeoutSeconds
        let overdue = Task {
            try await Task.sleep(for: .seconds(seconds))
            try await channel.channel.close()
        }
        defer { overdue.cancel() }
        do {
            return try await channel.executeThenClose { inbound, outbound in
                try await Self.send(outbound, method, target, body)
                return try await Self.receive(inbound)
            }
        } catch let error as AgentError {
            throw error
        } catch {
            throw AgentError(
                .system, "the agent at \(socketPath) did not answer: \(error)",
                remedy: "see its log, such as 'journalctl -u martlet-agent'")
        }
    }

    /// The same for a value, whose absence the agent explains.
    package func value<Value: Decodable>(
        _ type: Value.Type, _ target: String
    ) async throws(AgentError) -> Value {
        let response = try await ask("GET", target)
        guard response.status == 200 else { throw Self.refusal(response, target) }
        return try CanonicalJSON.decode(type, from: response.body)
    }

    /// Asks, and passes every line of the answer on, until the agent ends it, in whatever way, or
    /// `take` throws.
    package func follow(
        _ target: String, _ take: @Sendable ([UInt8]) throws -> Void
    ) async throws {
        let channel = try await connect()
        try await channel.executeThenClose { inbound, outbound in
            try await Self.send(outbound, "GET", target, [])
            var lines = LineSplitter()
            var parts = inbound.makeAsyncIterator()
            while let part = await Self.next(&parts) {
                switch part {
                case .head(let head) where head.status != .ok:
                    throw AgentError(.refused, "the agent answered \(head.status)")
                case .body(let buffer): for line in try lines.take(buffer) { try take(line) }
                case .head, .end: continue
                }
            }
        }
    }

    /// Nil at the end; also where the connection broke, as it does when the agent is killed.
    private static func next(
        _ parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async -> HTTPClientResponsePart? {
        do { return try await parts.next() } catch { return nil }
    }

    private struct LineSplitter {
        private var rest: [UInt8] = []

        mutating func take(_ buffer: ByteBuffer) throws(AgentError) -> [[UInt8]] {
            rest += buffer.readableBytesView
            guard rest.count <= LocalClient.byteLimit else { throw LocalClient.tooLarge }
            var pieces = rest.split(separator: 0x0a, omittingEmptySubsequences: false)
            rest = pieces.popLast().map(Array.init) ?? []
            return pieces.map(Array.init)
        }
    }

    /// What the agent said instead of an answer.
    package static func refusal(_ response: LocalResponse, _ target: String) -> AgentError {
        let said = try? CanonicalJSON.decode(Refusal.self, from: response.body)
        guard let error = said?.error else {
            return AgentError(.refused, "the agent answered \(response.status) to \(target)")
        }
        return AgentError(.refused, error.message, remedy: error.remedy)
    }

    /// The object behind every failure.
    package struct Refusal: Decodable, Sendable {
        package var error: Content
        package struct Content: Decodable, Sendable {
            package var code: String
            package var message: String
            package var remedy: String?
        }
    }
}

extension LocalClient {
    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect() async throws(AgentError) -> Channel {
        guard socketPath.utf8.count <= StreamSocket.localPathByteLimit else {
            throw AgentError(.configuration, "the socket's path is too long: \(socketPath)")
        }
        do {
            return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: socketPath) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        return try Channel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch let error as IOError {
            throw failure(error.errnoCode)
        } catch {
            throw AgentError(.system, "the agent at \(socketPath) cannot be asked: \(error)")
        }
    }

    private func failure(_ code: Int32) -> AgentError {
        let start = "start it with 'systemctl start martlet-agent' or 'martlet agent', or name its "
        return switch code {
        case ENOENT, ECONNREFUSED:
            AgentError(
                .system, "no agent listens at \(socketPath)", systemCode: code,
                remedy: start + "socket with --socket")
        case EACCES, EPERM:
            AgentError(
                .system, "this user may not ask the agent at \(socketPath)", systemCode: code,
                remedy:
                    "join the group of that socket (usually 'martlet'), or run the command as root")
        default:
            AgentError(
                .system,
                "the agent at \(socketPath) cannot be asked: "
                    + SystemError.text(of: code), systemCode: code)
        }
    }

    private static func send(
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>, _ method: String,
        _ target: String, _ body: [UInt8]
    ) async throws {
        let headers = HTTPHeaders([
            ("host", "localhost"), ("connection", "close"), ("content-length", "\(body.count)"),
        ])
        let head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: target, headers: headers)
        // All at once: a request without body is whole with its head, and the agent may have answered
        // it, and closed, before its end is written.
        var parts: [HTTPClientRequestPart] = [.head(head)]
        if !body.isEmpty { parts.append(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
        try await outbound.write(contentsOf: parts + [.end(nil)])
    }

    private static func receive(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> LocalResponse {
        var response: LocalResponse?
        for try await part in inbound {
            switch part {
            case .head(let head):
                response = LocalResponse(
                    status: Int(head.status.code),
                    contentType: head.headers.first(name: "content-type") ?? "", body: [])
            case .body(let buffer):
                response?.body += buffer.readableBytesView
                guard response?.body.count ?? 0 <= byteLimit else { throw tooLarge }
            case .end: if let response { return response }
            }
        }
        throw AgentError(.system, "the connection ended before the answer")
    }

    private static var tooLarge: AgentError {
        AgentError(.system, "the answer has more than \(byteLimit) bytes")
    }
}
