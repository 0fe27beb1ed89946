internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Platform

/// Answers probes, on the agent's own thread.
///
/// Whoever connects is a stranger until it has shown a certificate, where those are configured: a
/// connection lasts two seconds at most, and of more than 64 the oldest goes.
package final class ProbeServer: @unchecked Sendable {
    // `guests` and `channel` are touched on `loop` only.
    private var guests: [any Channel] = []
    private var channel: (any Channel)?

    private let loop: any EventLoop
    private let tls: ProbeTLS?
    private let answer: @Sendable (_ nonce: String) -> ProbeAnswer

    private static let guestLimit = 64
    private static let guestSeconds: Int64 = 2

    /// - Parameter answer: asked on the loop; must not block.
    package init(
        thread: AgentThread, tls: ProbeTLS?,
        answer: @escaping @Sendable (_ nonce: String) -> ProbeAnswer
    ) {
        loop = thread.loop
        self.tls = tls
        self.answer = answer
    }

    /// Listens, and answers where.
    package func start(_ address: HostAndPort) async throws(AgentError) -> HostAndPort {
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { self.admit($0) }
        do {
            let channel = try await bootstrap.bind(host: address.host, port: address.port).get()
            loop.execute { self.channel = channel }
            return HostAndPort(
                host: address.host, port: channel.localAddress?.port ?? address.port)
        } catch {
            throw AgentError(
                .system, "probes cannot be answered at \(address): \(error)",
                remedy: "give probe.listen an address of this host that nobody listens on")
        }
    }

    package func stop() async {
        try? await loop.submit {
            self.channel?.close(promise: nil)
            for guest in self.guests { guest.close(promise: nil) }
        }.get()
    }

    private func admit(_ guest: any Channel) -> EventLoopFuture<Void> {
        guests.append(guest)
        if guests.count > Self.guestLimit { guests.removeFirst().close(promise: nil) }
        guest.closeFuture.whenComplete { _ in self.guests.removeAll { $0 === guest } }
        loop.scheduleTask(in: .seconds(Self.guestSeconds)) { guest.close(promise: nil) }
        return guest.eventLoop.makeCompletedFuture {
            if let tls { try guest.pipeline.syncOperations.addHandler(tls.serverHandler()) }
            try guest.pipeline.syncOperations.addHandler(
                LineHandler { self.reply(to: $1, $0) })
        }
    }

    private func reply(to line: String?, _ context: ChannelHandlerContext) {
        guard let nonce = line.flatMap(ProbeMessage.nonce),
            let bytes = try? CanonicalJSON.encode(answer(nonce))
        else { return context.close(promise: nil) }
        let buffer = ByteBuffer(bytes: bytes + [0x0a])
        let channel = context.channel
        context.writeAndFlush(NIOAny(buffer)).whenComplete { _ in channel.close(promise: nil) }
    }
}
