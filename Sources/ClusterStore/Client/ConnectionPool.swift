internal import GRPCCore
internal import GRPCNIOTransportHTTP2
internal import Platform
internal import Synchronization

/// The connections of a client, at most one per endpoint in use, and the choice between them.
final class ConnectionPool: Sendable {
    private struct State {
        var choice: EndpointChoice
        var connections: [Connection?]
        var material: TLSMaterial?
        var nextLookNanoseconds: UInt64 = 0
        var isClosed = false
    }

    /// How often the certificate files are compared with what was read of them.
    private static let lookSeconds = 2.0

    private let configuration: StoreClientConfiguration
    private let threads: ClientThreads
    private let state: Mutex<State>

    init(
        _ configuration: StoreClientConfiguration, threads: ClientThreads
    ) throws(StoreError) {
        let count = configuration.endpoints.count
        guard count > 0 else {
            throw StoreError(
                .invalidConfiguration, "no address of a control plane is given",
                remedy: "name at least one")
        }
        let first = configuration.firstEndpoint ?? Int.random(in: 0..<count)
        self.configuration = configuration
        self.threads = threads
        state = Mutex(
            State(
                choice: EndpointChoice(
                    count: count, first: first, backoffSeconds: configuration.backoffSeconds),
                connections: Array(repeating: nil, count: count),
                material: try Self.material(configuration)))
        // Certificates that do not fit together are found now and not with the first call.
        for endpoint in configuration.endpoints {
            _ = try Self.transport(to: endpoint, configuration, threads, material: material)
        }
    }

    private var material: TLSMaterial? { state.withLock(\.material) }

    private static func material(
        _ configuration: StoreClientConfiguration
    ) throws(StoreError) -> TLSMaterial? {
        if let files = configuration.tls { return try TLSMaterial(reading: files) }
        guard let endpoint = configuration.endpoints.first(where: \.isSecure) else { return nil }
        throw StoreError(
            .invalidConfiguration, "\(endpoint) needs certificates, and none are given",
            endpoint: "\(endpoint)", remedy: "name the certificate, its key and the authorities")
    }

    /// The connection for the next attempt, once its endpoint need not rest any more.
    ///
    /// - Throws: what went wrong last when the deadline comes first.
    func next(
        before deadline: Deadline, after lastFailure: StoreError?
    ) async throws(StoreError) -> Connection {
        while true {
            if Task.isCancelled {
                throw StoreError(.cancelled, "the call was cancelled by its caller")
            }
            let now = Clock.nowNanoseconds()
            let wait = try state.withLock { (state) throws(StoreError) in
                guard !state.isClosed else { throw Self.closed }
                return state.choice.next(nowNanoseconds: now).waitNanoseconds
            }
            let remaining = deadline.remainingNanoseconds
            guard remaining > 0 else { throw lastFailure ?? Self.late }
            guard wait == 0 else {
                await threads.sleep(seconds: Double(min(wait, remaining)) / 1e9)
                continue
            }
            return try connection()
        }
    }

    private func connection() throws(StoreError) -> Connection {
        lookAtFiles()
        return try state.withLock { (state) throws(StoreError) in
            guard !state.isClosed else { throw Self.closed }
            let index = state.choice.next(nowNanoseconds: Clock.nowNanoseconds()).index
            if let connection = state.connections[index] { return connection }
            let endpoint = configuration.endpoints[index]
            let transport = try Self.transport(
                to: endpoint, configuration, threads, material: state.material)
            let connection = Connection(
                endpoint, index: index, transport: transport, executor: threads.executor)
            state.connections[index] = connection
            return connection
        }
    }

    func succeeded(_ connection: Connection) {
        state.withLock { $0.choice.succeeded(connection.index) }
    }

    /// Notes a failure: the endpoint rests, the connection takes no more calls.
    ///
    /// Many calls may fail with one connection; that counts once. Where the request was sent, what
    /// else is under way on the connection may yet be answered, and goes on.
    func failed(_ connection: Connection, wasSent: Bool) {
        let isCurrent = state.withLock { state in
            guard state.connections[connection.index] === connection else { return false }
            state.connections[connection.index] = nil
            state.choice.failed(
                connection.index, nowNanoseconds: Clock.nowNanoseconds(),
                draw: Double.random(in: 0...1))
            return true
        }
        guard isCurrent else { return }
        if wasSent { connection.retire() } else { connection.abandon() }
    }

    func close() {
        let connections = state.withLock { state in
            state.isClosed = true
            let connections = state.connections
            state.connections = connections.map { _ in nil }
            return connections
        }
        for case let connection? in connections { connection.abandon() }
    }

    private static var closed: StoreError { StoreError(.closed, "the client was closed") }

    private static var late: StoreError {
        StoreError(.deadlineExceeded, "the deadline had passed before the call began")
    }
}

extension ConnectionPool {
    /// Takes up certificates that changed: new connections use them. While they cannot be read, or
    /// do not fit together, as in the middle of a renewal, the old ones stay.
    private func lookAtFiles() {
        guard let files = configuration.tls else { return }
        let now = Clock.nowNanoseconds()
        let known: TLSMaterial? = state.withLock { state in
            guard now >= state.nextLookNanoseconds else { return nil }
            state.nextLookNanoseconds =
                now + Deadline.distanceNanoseconds(seconds: Self.lookSeconds)
            return state.material
        }
        guard let known, let read = try? TLSMaterial(reading: files), read != known,
            let endpoint = configuration.endpoints.first(where: \.isSecure),
            (try? Self.transport(to: endpoint, configuration, threads, material: read)) != nil
        else { return }
        let old = state.withLock { state in
            let old = state.connections
            state.material = read
            state.connections = old.map { _ in nil }
            return old
        }
        for case let connection? in old { connection.retire() }
    }

    private static func transport(
        to endpoint: StoreEndpoint, _ configuration: StoreClientConfiguration,
        _ threads: ClientThreads, material: TLSMaterial?
    ) throws(StoreError) -> HTTP2ClientTransport.Posix {
        let security = endpoint.isSecure ? material?.security ?? .plaintext : .plaintext
        do {
            return try HTTP2ClientTransport.Posix(
                target: endpoint.target, transportSecurity: security, config: transportOptions,
                eventLoopGroup: threads.group)
        } catch {
            throw StoreError(
                .invalidConfiguration, "the certificates cannot be used: \(error)",
                endpoint: "\(endpoint)",
                remedy: "check that the files are PEM and the key belongs to the certificate")
        }
    }

    /// Pings find a connection whose other end is gone without a word. etcd refuses clients that
    /// ping more often than every 5 s.
    private static var transportOptions: HTTP2ClientTransport.Posix.Config {
        .defaults { config in
            config.connection.keepalive = .init(
                time: .seconds(10), timeout: .seconds(5), allowWithoutCalls: false)
            config.http2.targetWindowSize = 1 << 20
            config.channelDebuggingCallbacks.onCreateTCPConnection = PingAnswerer.enter
        }
    }
}

extension StoreEndpoint {
    fileprivate var target: any ResolvableTarget {
        guard SocketAddress(digits: host, port: UInt16(clamping: port)) != nil else {
            return .dns(host: host, port: port)
        }
        return host.contains(":")
            ? .ipv6(address: host, port: port) : .ipv4(address: host, port: port)
    }
}
