internal import Glibc
package import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Platform

/// Serves the local API on a Unix socket and, where asked, the health on TCP.
///
/// Its one thread does nothing else, so that health is answered while everything else is busy.
package final class LocalServer: Sendable {
    package struct Configuration: Sendable {
        package var socketPath: String
        /// Who may use the socket, beside root and the agent's user; nobody else where the system
        /// has no such group, or this user is not in it.
        package var group = "martlet"
        /// `host:port` for the health over TCP; nil for none.
        package var healthAddress: String?
        package var limits = LocalLimits()

        package init(socketPath: String, healthAddress: String? = nil) {
            self.socketPath = socketPath
            self.healthAddress = healthAddress
        }
    }

    private let configuration: Configuration
    private let router: LocalRouter
    private let log: Logger

    package init(_ configuration: Configuration, router: LocalRouter, log: Logger) {
        self.configuration = configuration
        self.router = router
        self.log = log
    }

    /// Listens, calls `whenListening`, with the port of the health where that is on TCP, and serves
    /// until its task is cancelled. Then the socket is gone.
    ///
    /// - Throws: when one of the addresses cannot be had; each error says what to do.
    package func run(
        whenListening: @Sendable (_ healthPort: Int?) -> Void = { _ in }
    ) async throws(AgentError) {
        let socket = try LocalSocket(
            path: configuration.socketPath, group: configuration.group)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do throws(AgentError) {
            try await serve(socket, on: group, whenListening)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        socket.remove()
        try? await group.shutdownGracefully()
    }

    private func serve(
        _ socket: borrowing LocalSocket, on group: MultiThreadedEventLoopGroup,
        _ whenListening: @Sendable (_ healthPort: Int?) -> Void
    ) async throws(AgentError) {
        // NIO closes what it is given.
        let descriptor = dup(socket.descriptor)
        let path = configuration.socketPath
        let local = try await Self.listening("the socket \(path)") {
            try await self.bootstrap(group) { channel in
                try Self.peer(of: channel)
            }.withBoundSocket(descriptor).get()
        }
        var health: (any Channel)?
        if let address = configuration.healthAddress {
            health = try await listenForHealth(address, group)
        }
        log.report(
            .apiListening, "the local API listens",
            ["socket": path].merging(
                health?.localAddress.map { ["health": "\($0)"] } ?? [:]
            ) { $1 })
        whenListening(health?.localAddress?.port)
        await Self.untilCancelled()
        try? await local.close()
        try? await health?.close()
    }

    private func listenForHealth(
        _ address: String, _ group: MultiThreadedEventLoopGroup
    ) async throws(AgentError) -> any Channel {
        guard let colon = address.lastIndex(of: ":"),
            let port = UInt16(address[address.index(after: colon)...])
        else {
            throw AgentError(
                .configuration, "'\(address)' is no address for the health",
                remedy: "write HOST:PORT, such as 127.0.0.1:9464")
        }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        return try await Self.listening("the health's address \(address)") {
            try await self.bootstrap(group) { _ in .network }
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host.isEmpty ? "0.0.0.0" : String(host), port: Int(port)).get()
        }
    }

    private static func listening(
        _ what: String, _ work: () async throws -> any Channel
    ) async throws(AgentError) -> any Channel {
        do {
            return try await work()
        } catch {
            throw AgentError(
                .system, "\(what) cannot be had: \(error)",
                remedy: "see who has it, or choose another")
        }
    }

    private static func untilCancelled() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }

    private func bootstrap(
        _ group: MultiThreadedEventLoopGroup,
        caller: @escaping @Sendable (any Channel) throws -> LocalCaller
    ) -> ServerBootstrap {
        let (router, limits) = (router, configuration.limits)
        // One table for each listener, on its loop.
        let table = NIOLoopBoundBox.makeBoxSendingValue(
            ConnectionTable(limits: limits, traffic: router.traffic), eventLoop: group.next())
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = LocalHandler(
                        router: router, limits: limits, table: table.value,
                        caller: try caller(channel))
                    try Self.configure(channel, limits, handler)
                }
            }
    }

    private static func configure(
        _ channel: any Channel, _ limits: LocalLimits, _ handler: LocalHandler
    ) throws {
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = limits.headerBytes
        decoder.maxHeaderListSize = limits.headerBytes
        decoder.maxHeaderFieldCount = limits.headerCount
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(
            withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
        try pipeline.addHandler(handler)
    }

    /// Whom the kernel says is at the other end; the network's rights where it does not say.
    private static func peer(of channel: any Channel) throws -> LocalCaller {
        let pipeline = channel.pipeline.syncOperations
        let credentials = try pipeline.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in try PeerCredentials(of: descriptor) }
        return credentials.map(LocalCaller.process) ?? .network
    }
}
