package import ClusterStore

/// A store that a test started on loopback.
package protocol TestServer: AnyObject, Sendable {
    var endpoint: StoreEndpoint { get }
    /// Ends it at once, as a crash would; what it keeps on disk stays.
    func stop()
    /// Starts it again, where it was, with what it kept.
    func restart() async throws
}

/// The stores that pass one suite.
package enum StoreBackEnd: String, CaseIterable, Sendable, CustomStringConvertible {
    case etcd

    package var description: String { rawValue }

    /// Starts one that serves until it is released.
    ///
    /// - Parameter certificates: where given, it shows the server's certificate and asks for one
    ///   of the same authority.
    package func start(certificates: TestCertificates? = nil) async throws -> any TestServer {
        switch self {
        case .etcd: try await EtcdServer.start(certificates: certificates)
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
