internal import Logging
internal import Platform
internal import ServiceLifecycle
internal import UnixSignals

/// A node agent: looks at its host, registers it with the control plane and keeps it registered,
/// answers the programs of the host. `martlet agent` is one; a program may run one in its process.
package struct Agent: Sendable {
    package struct Options: Sendable {
        /// Whether SIGTERM and SIGINT end it, and SIGHUP reloads: for a process that is an agent and
        /// nothing else.
        package var handlesSignals = true
        /// Reads the configuration again, for SIGHUP.
        package var reload: @Sendable () throws(AgentError) -> LoadedConfiguration

        package init(
            reload: @escaping @Sendable () throws(AgentError) -> LoadedConfiguration
        ) {
            self.reload = reload
        }
    }

    private let running: RunningConfiguration
    private let options: Options
    private let log: AgentLog
    private var configuration: AgentConfiguration { running.values }

    package let status = StatusHolder()
    package let requests = AgentRequests()

    package init(_ loaded: LoadedConfiguration, log: AgentLog, options: Options) {
        running = RunningConfiguration(loaded.values)
        self.log = log
        self.options = options
    }

    /// Runs until it is told to stop: by a signal, or the end of its task. Then it leaves a tombstone
    /// and returns.
    ///
    /// - Throws: when it cannot start, or a part of it cannot go on.
    package func run() async throws {
        let logger = log.logger("martlet.agent")
        let directory = try StateDirectory(path: configuration.stateDirectory)
        let identity = try NodeIdentity.find(configured: configuration.nodeId, in: directory)
        let thread = AgentThread()
        let parts: AgentParts
        do {
            parts = try await AgentParts.make(
                running, identity, directory, thread, status, log)
        } catch {
            await thread.stop()
            throw error
        }
        logger.report(
            .agentStarted, "agent of node \(identity.nodeId) in cluster \(configuration.cluster)",
            ["version": martletVersion, "controlPlane": parts.endpoints.joined(separator: ",")])
        defer { logger.report(.agentStopped, "stopped") }
        try await serve(parts, thread, logger)
        await thread.stop()
    }

    private func serve(_ parts: AgentParts, _ thread: AgentThread, _ logger: Logger) async throws {
        var services = parts.services(requests, log)
        services.append(
            NotifierService(notifier: SystemdNotifier(), thread: thread, status: status))
        if options.handlesSignals {
            services.append(ReloadService { self.reload(parts, logger) })
        }
        // Told to shut down from the last to the first, each when the one behind it has ended: so
        // the registration goes while all it needs is there.
        services.append(parts.registration)
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .ignore)
                },
                gracefulShutdownSignals: options.handlesSignals ? [.sigterm, .sigint] : [],
                logger: quiet))
        try await group.run()
    }

    /// The lifecycle's own lines say nothing that the agent does not.
    private var quiet: Logger {
        var logger = log.logger("martlet.lifecycle")
        logger.logLevel = .error
        return logger
    }

    /// All of what may change while the agent runs is taken, or, where the configuration has a
    /// mistake, nothing.
    private func reload(_ parts: AgentParts, _ logger: Logger) {
        do throws(AgentError) {
            let changes = running.take(try options.reload().values)
            let new = running.values.log
            if let format = LogFormat(rawValue: new.format),
                let level = Logger.Level(rawValue: new.level)
            {
                log.change(format: format, level: level)
            }
            parts.tune()
            // Whoever asked is answered, however little the log shall have.
            var logger = logger
            logger.logLevel = .notice
            logger.report(.configurationRead, changes.text)
        } catch {
            logger.report(
                .configurationRefused,
                "the configuration was not taken, and the agent goes on as it was: \(error)")
        }
    }
}
