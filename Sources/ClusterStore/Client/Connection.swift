internal import GRPCCore
internal import GRPCNIOTransportHTTP2

/// One connection to one endpoint, from its first use until it fails or is replaced.
final class Connection: Sendable {
    let endpoint: StoreEndpoint
    /// The endpoint's place in the configuration.
    let index: Int
    let renewals: RenewalStream
    private let client: GRPCClient<TrackedTransport>
    private let runner: Task<Void, Never>

    init(
        _ endpoint: StoreEndpoint, index: Int, transport: HTTP2ClientTransport.Posix,
        executor: LoopExecutor?
    ) {
        self.endpoint = endpoint
        self.index = index
        let client = GRPCClient(transport: TrackedTransport(inner: transport))
        self.client = client
        renewals = RenewalStream(client, executor: executor)
        runner = Task(executorPreference: executor) {
            // What ends the connection shows in the calls on it.
            try? await client.runConnections()
        }
    }

    var keyValues: Etcdserverpb_KV.Client<TrackedTransport> { .init(wrapping: client) }
    var leases: Etcdserverpb_Lease.Client<TrackedTransport> { .init(wrapping: client) }
    var watches: Etcdserverpb_Watch.Client<TrackedTransport> { .init(wrapping: client) }
    var maintenance: Etcdserverpb_Maintenance.Client<TrackedTransport> { .init(wrapping: client) }

    /// Takes no more calls; those under way end as they would, and the connection with the last.
    func retire() {
        renewals.end()
        client.beginGracefulShutdown()
    }

    /// Ends at once, with everything on it.
    func abandon() {
        renewals.end()
        runner.cancel()
    }
}
