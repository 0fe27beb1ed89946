internal import GRPCCore
internal import GRPCNIOTransportHTTP2
package import Logging
internal import NIOPosix
internal import Synchronization

/// A store of etcd's model for one machine or a small cluster, served over the part of etcd's v3 gRPC
/// interface that Martlet uses: KV, Watch, Lease, and Maintenance's status. `etcdctl` can look into
/// it.
///
/// What was acknowledged is on the disk, and survives the end of the process at any instant.
package final class StoreServer: Sendable {
    typealias Transport = NamingTransport<HTTP2ServerTransport.Posix>

    let configuration: StoreServerConfiguration
    let logger: Logger
    private let store: KeyValueStore
    private let file: StoreFile
    private let servers: [GRPCServer<Transport>]
    private let certificates: CertificateFiles?
    private let stopSignal: AsyncStream<Void>
    private let stopSource: AsyncStream<Void>.Continuation
    private let hasRun = Mutex(false)

    /// Opens the database, and makes one where there is none; blocks while it is examined, which
    /// takes about a second for each gigabyte. Nothing listens until `run`.
    ///
    /// Throws where the configuration cannot be meant, where the database is damaged or not one of
    /// this store (it is left as it is), and where another process serves it.
    package init(
        configuration: StoreServerConfiguration, logger: Logger = Logger(label: "martlet.store")
    ) throws(StoreError) {
        self.configuration = configuration
        self.logger = logger
        let addresses = try Self.addresses(of: configuration)
        let certificates = try configuration.tls.map { files throws(StoreError) in
            try CertificateFiles(
                files, checkSeconds: configuration.certificateCheckSeconds, logger: logger)
        }
        let file = try StoreFile(
            directory: configuration.directory, byteLimit: configuration.databaseByteLimit)
        let pool = file.pool
        let store = try StoreFile.translating("open the store in \(configuration.directory)") {
            try KeyValueStore(pool: pool, logger: logger)
        }
        let access = AccessPolicy(
            cluster: configuration.cluster, requiresCertificate: certificates != nil)
        let doorkeeper = ConnectionDoorkeeper(logger: logger)
        servers = addresses.map { address in
            GRPCServer(
                transport: Self.transport(address, certificates, doorkeeper),
                services: [
                    KVService(store: store, access: access),
                    WatchService(store: store, access: access),
                    LeaseService(store: store, access: access),
                    MaintenanceService(store: store, access: access),
                ])
        }
        self.file = file
        self.store = store
        self.certificates = certificates
        (stopSignal, stopSource) = AsyncStream.makeStream()
    }

    /// Serves until `stop` is called or the task is cancelled, and closes the database. May be called
    /// once.
    ///
    /// Throws where an address cannot be listened on.
    package func run() async throws(StoreError) {
        let isFirst = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        precondition(isFirst, "a store can be served only once")
        let failure = await serve()
        try? await store.saveRenewals()
        await store.close()
        file.close()
        if let failure { throw failure }
    }

    /// Ends `run`: requests under way get a moment to end. Returns at once.
    package func stop() {
        stopSource.finish()
    }

    /// The addresses that are listened on, with their ports; waits until all are. Empty when an
    /// address could not be listened on, or the server has stopped.
    package var addresses: [String] {
        get async {
            var addresses: [String] = []
            for server in servers {
                guard let address = try? await server.transport.base.listeningAddress,
                    let text = address.hostAndPort
                else { return [] }
                addresses.append(text)
            }
            return addresses
        }
    }

    /// The revision of the last change that is on disk.
    package var revision: Revision { Revision(store.revision) }

    // MARK: Serving

    /// Nil when it was told to stop.
    private func serve() async -> StoreError? {
        await withTaskGroup(of: StoreError?.self) { group in
            for server in servers { group.addTask { await self.serve(server) } }
            group.addTask {
                for await _ in self.stopSignal {}
                for server in self.servers { server.beginGracefulShutdown() }
                // Watches and renewals have no end of their own.
                try? await Task.sleep(for: .milliseconds(300))
                return nil
            }
            group.addTask {
                await self.store.runUpkeep(
                    keptRevisionCount: self.configuration.keptRevisionCount)
                return nil
            }
            if let certificates {
                group.addTask {
                    await certificates.run()
                    return nil
                }
            }
            return await firstFailure(&group)
        }
    }

    /// The first task to end ends all.
    private func firstFailure(_ group: inout TaskGroup<StoreError?>) async -> StoreError? {
        let failure = await group.next() ?? nil
        group.cancelAll()
        await group.waitForAll()
        return failure
    }

    private func serve(_ server: GRPCServer<Transport>) async -> StoreError? {
        do {
            try await server.serve()
            return nil
        } catch is CancellationError {
            return nil
        } catch {
            let cause = (error as? RuntimeError)?.cause ?? error
            if Task.isCancelled || cause is CancellationError { return nil }
            return StoreError(
                .system,
                "cannot serve on \(configuration.listen.joined(separator: ", ")): \(cause)",
                remedy: "give an address of this host that nobody listens on")
        }
    }
}
