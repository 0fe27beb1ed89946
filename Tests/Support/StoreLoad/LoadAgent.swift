internal import ClusterStore
internal import StoreSupport

/// One agent as the control plane sees it: a record, and a small key under a lease that is renewed
/// every third of its time.
final class LoadAgent: Sendable {
    static let leaseSeconds: Int64 = 15
    static let prefix: Key = "/martlet/v1/load/nodes/"
    /// About what a host with eight accelerators says of itself.
    private static let record = [UInt8](repeating: UInt8(ascii: "r"), count: 8_000)

    let name: String
    private let endpoint: StoreEndpoint
    private let counts: Monitored<LoadCounts>
    private let client: Monitored<StoreClient?>
    private let keeper = Monitored<Task<Void, Never>?>(nil)

    init(index: Int, endpoint: StoreEndpoint, counts: Monitored<LoadCounts>) {
        name = "node-\(index)"
        self.endpoint = endpoint
        self.counts = counts
        client = Monitored(nil)
    }

    var current: StoreClient? { client.update { $0 } }

    /// Registers as an agent does that begins: a lease, then record and live key together.
    func start() async throws {
        let client = try StoreClient(
            configuration: StoreClientConfiguration(endpoints: [endpoint]))
        self.client.update { $0 = client }
        while true {
            do throws(StoreError) {
                try await register(client)
                return
            } catch {
                counts.update { $0.failedRegistrationCount += 1 }
                guard error.isPassing else { throw error }
            }
        }
    }

    private func register(_ client: StoreClient) async throws(StoreError) {
        let lease = try await client.grantLease(seconds: Self.leaseSeconds).id
        let node = Key("\(Self.prefix)\(name)/")
        try await client.transaction(
            Transaction().then(
                .put(Key("\(node)record"), Self.record),
                .put(Key("\(node)live"), Array("{\"incarnation\":1}".utf8), lease: lease)))
        let counts = counts
        let every = Double(Self.leaseSeconds) / 3
        let task = Task {
            // Agents of a cluster that began together do not renew together.
            try? await Task.sleep(for: .seconds(Double.random(in: 0...every)))
            do throws(StoreError) {
                try await client.keepAlive(lease, everySeconds: every) { _ in
                    counts.update { $0.renewalCount += 1 }
                } onFailure: { _ in
                    counts.update { $0.failedRenewalCount += 1 }
                }
            } catch {
                if error.code == .leaseNotFound { counts.update { $0.lostLeaseCount += 1 } }
            }
        }
        keeper.update { $0 = task }
    }

    func change(to value: [UInt8]) async throws {
        try await current?.put(Key("\(Self.prefix)\(name)/record"), value)
    }

    /// Ends as a killed process does: without a word.
    func stop() async {
        let task = keeper.update { $0.take() }
        task?.cancel()
        await task?.value
        client.update { $0.take() }?.close()
    }
}

/// What all agents count together.
struct LoadCounts: Sendable {
    var renewalCount = 0
    var failedRenewalCount = 0
    var failedRegistrationCount = 0
    var lostLeaseCount = 0
}
