package import ClusterStore

/// A store that a test started on loopback.
package protocol TestServer: AnyObject, Sendable {
    var endpoint: StoreEndpoint { get }
    /// Nil while it does not run.
    var processIdentifier: Int32? { get }
    /// Ends it at once, as a crash would; what it keeps on disk stays.
    func stop()
    func signal(_ number: Int32)
    /// Starts it again, where it was, with what it kept.
    func restart() async throws
}

/// The stores that pass one suite.
package enum StoreBackEnd: String, CaseIterable, Sendable, CustomStringConvertible {
    case etcd, embedded

    package var description: String { rawValue }

    /// Starts one with a client, lends both, and ends them.
    package func withStore<Result: Sendable>(
        _ body: (any TestServer, StoreClient) async throws -> Result
    ) async throws -> Result {
        let store = try await start()
        defer { store.stop() }
        let client = try store.client()
        defer { client.close() }
        return try await body(store, client)
    }

    /// Starts one that serves until it is stopped or released.
    ///
    /// - Parameter certificates: where given, it shows the server's certificate and asks for one
    ///   of the same authority.
    package func start(certificates: TestCertificates? = nil) async throws -> any TestServer {
        switch self {
        case .etcd: try await EtcdServer.start(certificates: certificates)
        case .embedded: try await StoreProcess.started(certificates: certificates)
        }
    }
}

extension TestServer {
    /// A client of this store that finds it again quickly.
    package func client(
        tls: StoreClientConfiguration.TLSFiles? = nil,
        configure: (inout StoreClientConfiguration) -> Void = { _ in }
    ) throws -> StoreClient {
        var configuration = StoreClientConfiguration(endpoints: [endpoint], tls: tls)
        configuration.backoffSeconds = 0.02...0.2
        configure(&configuration)
        return try StoreClient(configuration: configuration)
    }
}
