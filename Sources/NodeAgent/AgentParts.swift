internal import ClusterStore
internal import Logging
internal import Platform
internal import ServiceLifecycle

/// The parts of an agent, made and connected; nothing of them runs yet but the embedded control
/// plane and the answers to probes, whose ports the others must know.
struct AgentParts: Sendable {
    let running: RunningConfiguration
    /// As it was at the start.
    private let configuration: AgentConfiguration
    private let identity: NodeIdentity
    let endpoints: [String]
    let registration: RegistrationDriver
    private let controller: ControllerService?
    private let prober: ProberDriver
    private let inventory: Inventory
    private let probes: ProbeServer
    /// For the lease, on a thread of its own; and for everything else.
    private let clients: (lease: StoreClient, shared: StoreClient)
    private let status: StatusHolder

    static func make(
        _ running: RunningConfiguration, _ identity: NodeIdentity,
        _ directory: StateDirectory, _ thread: AgentThread, _ status: StatusHolder,
        _ log: AgentLog
    ) async throws -> AgentParts {
        let configuration = running.values
        let controller =
            configuration.controller.enabled
            ? try await ControllerService.start(
                configuration, logger: log.logger("martlet.controller")) : nil
        // An agent that serves the control plane talks to itself, unless it is told otherwise.
        let isDefault =
            configuration.controlPlane.endpoints == AgentConfiguration().controlPlane.endpoints
        let endpoints =
            isDefault
            ? controller?.endpoints ?? configuration.controlPlane.endpoints
            : configuration.controlPlane.endpoints
        let tls = try Self.probeTLS(configuration)
        let probes = Self.probeServer(identity, thread, tls, status)
        let advertised = try await Self.listen(probes, configuration, endpoints)
        status.update { status in
            status.identity = .init(
                cluster: configuration.cluster, nodeId: identity.nodeId, bootId: identity.bootId,
                instance: identity.instance, hostname: identity.hostname,
                agentVersion: martletVersion, probeAddress: "\(advertised)")
            status.controlPlane.endpoints = endpoints
        }
        return try AgentParts(
            running, identity, endpoints, controller, probes, advertised, directory, thread,
            ProbeClient(thread: thread, tls: tls, configuration: running),
            status, log)
    }

    private init(
        _ running: RunningConfiguration, _ identity: NodeIdentity, _ endpoints: [String],
        _ controller: ControllerService?, _ probes: ProbeServer, _ advertised: HostAndPort,
        _ directory: StateDirectory, _ thread: AgentThread, _ probeClient: ProbeClient,
        _ status: StatusHolder, _ log: AgentLog
    ) throws {
        let configuration = running.values
        self.running = running
        self.configuration = configuration
        self.identity = identity
        self.endpoints = endpoints
        self.controller = controller
        self.probes = probes
        self.status = status
        clients = (
            try StoreClient(
                configuration: Self.client(configuration, endpoints, threads: .own)),
            try StoreClient(
                configuration: Self.client(configuration, endpoints, threads: .shared))
        )
        let prober = ProberDriver(
            Self.proberSettings(configuration, identity), client: clients.shared,
            prober: probeClient, status: status, logger: log.logger("martlet.prober"))
        self.prober = prober
        registration = RegistrationDriver(
            Self.registrationSettings(configuration, identity, advertised, directory),
            thread: thread, client: clients.lease, prober: probeClient, state: directory,
            status: status, logger: log.logger("martlet.registration")
        ) { prober.post(.standing($0)) }
        inventory = Inventory(
            Self.inventorySettings(configuration, identity), directory: directory)
    }

    /// In the order in which they start; they end in the reverse one.
    func services(_ requests: AgentRequests, _ log: AgentLog) -> [any Service] {
        var services: [any Service] = []
        if let controller { services.append(controller) }
        services.append(ClosingService(clients: [clients.lease, clients.shared], probes: probes))
        services.append(LocalService(server: localServer(requests, log)))
        services.append(
            InventoryService(
                inventory: inventory, registration: registration, status: status,
                logger: log.logger("martlet.inventory")))
        services.append(
            DoctorService(
                surroundings: doctorSurroundings, inventory: inventory, configuration: running))
        services.append(prober)
        services.append(RequestService(requests: requests, registration: registration))
        return services
    }

    /// Hands on what was taken up of a configuration that was read again; who looks at `running` when
    /// it needs a value needs no telling.
    func tune() {
        let values = running.values
        registration.post(.tuned(.init(values.registration)))
        prober.post(
            .tuned(
                graceSeconds: values.registration.graceSeconds,
                intervalSeconds: values.probe.intervalSeconds))
        inventory.change(Self.inventorySettings(values, identity))
    }

    private var doctorSurroundings: Doctor.Surroundings {
        var surroundings = Doctor.Surroundings(controlPlane: .notConfigured("not asked"))
        surroundings.nodeId = status.snapshot.identity?.nodeId
        surroundings.agentProcess = Host.processIdentifier
        let files = configuration.controlPlane
        if let certificate = files.certificateFile, let key = files.keyFile,
            let authorities = files.authorityFile
        {
            surroundings.certificates = .init(
                certificate: certificate, privateKey: key, authorities: authorities)
        }
        return surroundings
    }

    private func localServer(_ requests: AgentRequests, _ log: AgentLog) -> LocalServer {
        let logger = log.logger("martlet.api")
        let reader = ClusterReader(client: clients.shared, cluster: configuration.cluster)
        var settings = LocalServer.Configuration(
            socketPath: configuration.api.socket, healthAddress: configuration.health.listen)
        settings.group = configuration.api.group
        return LocalServer(
            settings,
            router: LocalRouter(
                .init(status: status, requests: requests, cluster: { reader }), log: logger),
            log: logger)
    }
}

// MARK: - Probes

extension AgentParts {
    private static func probeTLS(
        _ configuration: AgentConfiguration
    ) throws(AgentError) -> ProbeTLS? {
        let files = configuration.controlPlane
        guard let certificate = files.certificateFile, let key = files.keyFile,
            let authorities = files.authorityFile
        else { return nil }
        return try ProbeTLS(
            .init(certificate: certificate, privateKey: key, authorities: authorities))
    }

    private static func probeServer(
        _ identity: NodeIdentity, _ thread: AgentThread, _ tls: ProbeTLS?, _ status: StatusHolder
    ) -> ProbeServer {
        ProbeServer(thread: thread, tls: tls) { nonce in
            status.update { $0.counters.probesAnswered += 1 }
            return ProbeAnswer(
                nodeId: identity.nodeId, incarnation: status.snapshot.incarnation,
                instance: identity.instance, nonce: nonce)
        }
    }

    private static func listen(
        _ probes: ProbeServer, _ configuration: AgentConfiguration, _ endpoints: [String]
    ) async throws(AgentError) -> HostAndPort {
        guard let address = HostAndPort(configuration.probe.listen) else {
            throw AgentError(.configuration, "probe.listen is no address")
        }
        let bound = try await probes.start(address)
        if let text = configuration.probe.advertise {
            return HostAndPort(text) ?? HostAndPort(host: text, port: bound.port)
        }
        let isWildcard = bound.host == "0.0.0.0" || bound.host == "::"
        let host = isWildcard ? OwnAddress.towards(endpoints) : bound.host
        return HostAndPort(host: host, port: bound.port)
    }
}

// MARK: - Settings

extension AgentParts {
    private static func client(
        _ configuration: AgentConfiguration, _ endpoints: [String],
        threads: StoreClientConfiguration.Threads
    ) throws(StoreError) -> StoreClientConfiguration {
        var members: [StoreEndpoint] = []
        for endpoint in endpoints { members.append(try StoreEndpoint(endpoint)) }
        var settings = StoreClientConfiguration(endpoints: members)
        let files = configuration.controlPlane
        if let certificate = files.certificateFile, let key = files.keyFile,
            let authorities = files.authorityFile
        {
            settings.tls = .init(
                certificate: certificate, privateKey: key, authorities: authorities)
        }
        let seconds = requestSeconds(configuration)
        settings.requestTimeoutSeconds = seconds
        settings.attemptTimeoutSeconds = min(settings.attemptTimeoutSeconds, seconds)
        settings.connectTimeoutSeconds = min(settings.connectTimeoutSeconds, seconds)
        settings.threads = threads
        settings.name = "martlet-agent/\(martletVersion)"
        return settings
    }

    /// A renewal that is not answered must leave time for another one.
    private static func requestSeconds(_ configuration: AgentConfiguration) -> Double {
        min(
            configuration.controlPlane.requestTimeoutSeconds,
            Double(configuration.registration.leaseSeconds) / 3)
    }

    private static func registrationSettings(
        _ configuration: AgentConfiguration, _ identity: NodeIdentity, _ advertised: HostAndPort,
        _ directory: StateDirectory
    ) -> Registration.Settings {
        var settings = Registration.Settings(
            cluster: configuration.cluster, nodeId: identity.nodeId, bootId: identity.bootId,
            instance: identity.instance, probeAddress: "\(advertised)",
            hostname: identity.hostname, seed: seed())
        settings.predecessor = directory.predecessor()
        settings.leaseSeconds = configuration.registration.leaseSeconds
        // The client's own deadline comes first, and says more.
        settings.requestTimeoutSeconds = requestSeconds(configuration) + 0.5
        settings.retrySeconds = 0.2...configuration.registration.retryLimitSeconds
        settings.recheckSeconds = configuration.registration.recheckSeconds
        settings.departureSeconds = configuration.registration.departureSeconds
        return settings
    }

    private static func proberSettings(
        _ configuration: AgentConfiguration, _ identity: NodeIdentity
    ) -> Prober.Settings {
        var settings = Prober.Settings(
            cluster: configuration.cluster, nodeId: identity.nodeId, seed: seed())
        settings.graceSeconds = configuration.registration.graceSeconds
        settings.intervalSeconds = configuration.probe.intervalSeconds
        settings.requestTimeoutSeconds = requestSeconds(configuration) + 0.5
        return settings
    }

    private static func inventorySettings(
        _ configuration: AgentConfiguration, _ identity: NodeIdentity
    ) -> Inventory.Settings {
        var settings = Inventory.Settings(
            nodeId: identity.nodeId, hostname: identity.hostname, bootId: identity.bootId)
        settings.slots = configuration.inventory.slots
        settings.deviceCheckSeconds = configuration.inventory.deviceCheckSeconds
        settings.recheckSeconds = configuration.registration.recheckSeconds
        settings.asksRuntimes = configuration.inventory.asksRuntimes
        settings.expectedRates = configuration.inventory.expectedRates
        return settings
    }

    private static func seed() -> UInt64 {
        Host.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
