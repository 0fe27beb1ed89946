internal import GRPCCore
internal import GRPCNIOTransportHTTP2
internal import Synchronization

/// One attempt at a call: whether anything of it can have left this process.
///
/// The transport marks it the moment it has a stream. Before that nothing was sent, so the attempt
/// can be repeated whatever it would do.
final class Attempt: Sendable {
    @TaskLocal static var current: Attempt?

    private let sent = Atomic(false)

    /// Acquire and release order nothing else: the flag stands alone.
    var wasSent: Bool { sent.load(ordering: .acquiring) }

    func markSent() {
        sent.store(true, ordering: .releasing)
    }
}

/// HTTP/2 over POSIX sockets, noting for each attempt when its stream stands.
struct TrackedTransport: ClientTransport {
    typealias Bytes = HTTP2ClientTransport.Posix.Bytes

    let inner: HTTP2ClientTransport.Posix

    var retryThrottle: RetryThrottle? { inner.retryThrottle }

    func connect() async throws {
        try await inner.connect()
    }

    func beginGracefulShutdown() {
        inner.beginGracefulShutdown()
    }

    func config(forMethod descriptor: MethodDescriptor) -> MethodConfig? {
        inner.config(forMethod: descriptor)
    }

    func withStream<Result: Sendable>(
        descriptor: MethodDescriptor, options: CallOptions,
        _ closure: (RPCStream<Inbound, Outbound>, ClientContext) async throws -> Result
    ) async throws -> Result {
        try await inner.withStream(descriptor: descriptor, options: options) { stream, context in
            Attempt.current?.markSent()
            return try await closure(stream, context)
        }
    }
}
