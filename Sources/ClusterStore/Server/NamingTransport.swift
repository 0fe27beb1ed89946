internal import GRPCCore
internal import Synchronization

/// A transport that refuses what no service serves by its name.
struct NamingTransport<Base: ServerTransport>: ServerTransport {
    typealias Bytes = Base.Bytes

    let base: Base
    private let served = ServedMethods()

    init(base: Base) {
        self.base = base
    }

    func configure(context: GRPCServerContext) {
        served.names.withLock { $0 = Set(context.methods.map(\.fullyQualifiedMethod)) }
        base.configure(context: context)
    }

    func listen(
        streamHandler:
            @escaping @Sendable (RPCStream<Inbound, Outbound>, ServerContext) async -> Void
    ) async throws {
        let names = served.names.withLock { $0 }
        try await base.listen { stream, context in
            let name = stream.descriptor.fullyQualifiedMethod
            guard !names.contains(name) else { return await streamHandler(stream, context) }
            let refusal = Status(
                code: .unimplemented,
                message: "martlet: the embedded store does not serve \(name); a real etcd does")
            // Fails only where the client has gone.
            try? await stream.outbound.write(.status(refusal, [:]))
            await stream.outbound.finish()
        }
    }

    func beginGracefulShutdown() {
        base.beginGracefulShutdown()
    }
}

private final class ServedMethods: Sendable {
    let names = Mutex<Set<String>>([])
}
