internal import ClusterStore
internal import Logging
internal import ServiceLifecycle

/// The embedded control plane. It listens before the agent's clients are made, for its port may be
/// any that is free.
struct ControllerService: Service {
    private let server: StoreServer
    private let serving: Task<Void, any Error>
    /// What it listens on, as endpoints.
    let endpoints: [String]

    /// Opens the database and listens; returns once it does.
    static func start(
        _ configuration: AgentConfiguration, logger: Logger
    ) async throws -> ControllerService {
        let settings = configuration.controller
        var store = StoreServerConfiguration(
            directory: settings.directory ?? "\(configuration.stateDirectory)/store",
            listen: [settings.listen], cluster: configuration.cluster)
        store.allowsPlaintextBeyondLoopback = settings.allowsPlaintextBeyondLoopback
        if let certificate = settings.certificateFile, let key = settings.keyFile,
            let authorities = settings.authorityFile
        {
            store.tls = .init(
                certificate: certificate, privateKey: key, authorities: authorities)
        }
        let server = try StoreServer(configuration: store, logger: logger)
        let serving = Task { try await server.run() }
        let addresses = await server.addresses
        // It could not listen, and says why.
        if addresses.isEmpty { try await serving.value }
        let scheme = store.tls == nil ? "http" : "https"
        logger.report(
            .controllerStarted, "the control plane listens on \(addresses.joined(separator: ", "))",
            ["directory": store.directory])
        return ControllerService(
            server: server, serving: serving, endpoints: addresses.map { "\(scheme)://\($0)" })
    }

    func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await serving.value
        } onCancelOrGracefulShutdown: {
            server.stop()
        }
    }
}
