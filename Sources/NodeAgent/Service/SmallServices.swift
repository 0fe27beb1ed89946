internal import ClusterStore
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// Runs the local API until shutdown.
struct LocalService: Service {
    let server: LocalServer

    func run() async throws {
        let work: @Sendable () async -> AgentError? = {
            do throws(AgentError) {
                try await server.run()
                return nil
            } catch {
                return error
            }
        }
        if let error = await cancelWhenGracefulShutdown(work) { throw error }
    }
}

/// Hands what local callers ask to the registration.
struct RequestService: Service {
    let requests: AgentRequests
    let registration: RegistrationDriver

    func run() async throws {
        for await request in requests.stream.cancelOnGracefulShutdown() {
            switch request {
            case .drain(let by, let reason): registration.post(.drain(by: by, reason: reason))
            case .resume(let by): registration.post(.resume(by: by))
            }
        }
    }
}

/// Closes the clients of the control plane, and the answers to probes, after everything else.
struct ClosingService: Service {
    let clients: [StoreClient]
    let probes: ProbeServer

    func run() async throws {
        try? await gracefulShutdown()
        for client in clients { client.close() }
        await probes.stop()
    }
}

/// Calls something at each SIGHUP.
struct ReloadService: Service {
    let reload: @Sendable () -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { reload() }
    }
}
