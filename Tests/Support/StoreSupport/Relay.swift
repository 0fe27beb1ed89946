internal import NIOCore
internal import NIOPosix
internal import Synchronization

package import ClusterStore

/// A network between client and server that a test can stall, slow down and cut.
package final class Relay: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let server: any Channel
    private let rules: RelayRules

    /// Listens on a port of loopback and forwards to the endpoint.
    package static func start(to endpoint: StoreEndpoint) async throws -> Relay {
        try await Relay(to: endpoint)
    }

    private init(to endpoint: StoreEndpoint) async throws {
        let rules = RelayRules()
        let group = group
        self.rules = rules
        server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { front in
                guard rules.isOpen else { return front.close() }
                return Self.connect(front, to: endpoint, on: group, rules)
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    deinit {
        server.close(promise: nil)
        group.shutdownGracefully { _ in }
    }

    /// The endpoint's address as clients see it: through the relay.
    package func endpoint(isSecure: Bool = false) -> StoreEndpoint {
        StoreEndpoint(isSecure: isSecure, host: "127.0.0.1", port: server.localAddress?.port ?? 0)
    }

    /// Ends all connections, as a reset on the way would.
    package func cut() {
        rules.cut()
    }

    /// Holds back everything, in both directions, and tells nobody: a black hole that keeps what
    /// falls in.
    package func stall() {
        rules.stall(true)
    }

    /// Lets go of what was held back.
    package func resume() {
        rules.stall(false)
    }

    /// Whether new connections are accepted and carried; else they are closed at once.
    package func setOpen(_ isOpen: Bool) {
        rules.setOpen(isOpen)
    }

    /// How long each piece takes on its way.
    package func setDelay(seconds: Double) {
        rules.setDelay(seconds)
    }

    /// Connections carried since the start.
    package var connectionCount: Int { rules.connectionCount }

    private static func connect(
        _ front: any Channel, to endpoint: StoreEndpoint, on group: MultiThreadedEventLoopGroup,
        _ rules: RelayRules
    ) -> EventLoopFuture<Void> {
        ClientBootstrap(group: group)
            .channelOption(.autoRead, value: false)
            .connect(host: endpoint.host, port: endpoint.port)
            .flatMap { back in
                let loop = front.eventLoop
                return loop.makeCompletedFuture {
                    try front.pipeline.syncOperations.addHandler(Forwarder(to: back, rules))
                    try back.pipeline.syncOperations.addHandler(Forwarder(to: front, rules))
                    rules.add(front, back)
                }
            }
    }
}

/// Passes on what one side sends, as the rules allow.
private final class Forwarder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let rules: RelayRules

    init(to other: any Channel, _ rules: RelayRules) {
        self.other = other
        self.rules = rules
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        let (other, delay) = (other, rules.delay)
        guard delay > .zero else {
            other.writeAndFlush(bytes, promise: nil)
            return
        }
        context.eventLoop.scheduleTask(in: delay) { other.writeAndFlush(bytes, promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// What the relay does with what passes.
private final class RelayRules: Sendable {
    private struct State {
        var channels: [any Channel] = []
        var isStalled = false
        var isOpen = true
        var delay = TimeAmount.zero
        var connectionCount = 0
    }
    private let state = Mutex(State())

    var isOpen: Bool { state.withLock(\.isOpen) }
    var delay: TimeAmount { state.withLock(\.delay) }
    var connectionCount: Int { state.withLock(\.connectionCount) }

    func add(_ pair: any Channel...) {
        let isStalled = state.withLock { state in
            state.channels.removeAll { !$0.isActive }
            state.channels += pair
            state.connectionCount += 1
            return state.isStalled
        }
        guard !isStalled else { return }
        for channel in pair { Self.setReading(channel, true) }
    }

    func cut() {
        let channels = state.withLock { state in
            let channels = state.channels
            state.channels = []
            return channels
        }
        for channel in channels { channel.close(promise: nil) }
    }

    func stall(_ isStalled: Bool) {
        let channels = state.withLock { state in
            state.isStalled = isStalled
            return state.channels
        }
        for channel in channels { Self.setReading(channel, !isStalled) }
    }

    func setOpen(_ isOpen: Bool) {
        state.withLock { $0.isOpen = isOpen }
    }

    func setDelay(_ seconds: Double) {
        state.withLock { $0.delay = .nanoseconds(Int64(seconds * 1e9)) }
    }

    private static func setReading(_ channel: any Channel, _ isReading: Bool) {
        channel.setOption(.autoRead, value: isReading).whenFailure { _ in
            channel.close(promise: nil)
        }
    }
}
