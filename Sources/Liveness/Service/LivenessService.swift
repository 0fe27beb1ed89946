package import Bootstrap
package import Platform
internal import Synchronization

/// The process's service thread: who is alive, who is to blame, abort.
///
/// One per process and world. It takes over the membership's doorkeeper, holds connections of its
/// own to the neighbours of a sparse graph, sleeps in epoll, and hands out the data connections
/// that come in. Every call is safe from any thread; none but `start`, `awaitLink` and `leave`
/// waits.
///
/// In a child of `fork()` every call fails or does nothing, and the parent's connections are closed.
package final class LivenessService: FailureDetector {
    package let membership: Membership
    package let configuration: LivenessConfiguration
    let shared = Monitor(SharedState())
    let inbox = Inbox()
    private let thread = Mutex<Thread?>(nil)
    private let generation = ForkGuard.generation

    package init(
        membership: Membership, configuration: LivenessConfiguration = LivenessConfiguration()
    ) {
        self.membership = membership
        var configuration = configuration
        let roster = membership.roster
        if configuration.describePlace == nil {
            configuration.describePlace = { rank in
                "process \(roster[rank].processIdentifier) on \(roster[rank].host.hostname)"
            }
        }
        self.configuration = configuration
    }

    deinit {
        leave(deadline: Deadline(secondsFromNow: 1))
    }

    /// Whether this is the process that made the service, and not a child of it.
    var isOurs: Bool { ForkGuard.generation == generation }

    /// Starts the service thread and connects to the neighbours; returns when all connections
    /// stand. Every rank of the world has to call it.
    package func start(deadline: Deadline) throws(BootstrapError) {
        guard isOurs else { throw Self.foreign }
        do throws(SystemError) {
            let body = try ServiceThread(
                membership: membership, configuration: configuration, inbox: inbox,
                shared: shared)
            var started: Thread? = try Thread(
                name: "martlet-live", node: configuration.numaNode
            ) { body.run() }
            thread.withLock { $0 = started.take() }
        } catch {
            throw BootstrapError(error, phase: .completion)
        }
        try connectToNeighbours(deadline: deadline)
    }

    /// Says goodbye to the neighbours, ends the service thread and closes its connections; returns
    /// by the deadline, or 0.2 s after the call if that comes first, and does nothing the second
    /// time. Communicators that are still registered here fail here.
    package func leave(deadline: Deadline) {
        guard isOurs, let running = thread.withLock({ $0.take() }) else { return }
        inbox.add(.leave(deadline))
        running.join()
    }
}

// MARK: - Communicators

extension LivenessService {
    package func register(
        communicator: UInt64, memberWorldRanks: [Int], status: CommunicatorStatus
    ) {
        guard isOurs else { return }
        let hasEnded = shared.update { shared in
            shared.registrations[communicator] = .init(members: memberWorldRanks, status: status)
            return shared.ending != nil
        }
        if hasEnded { status.fail(.left) }
        inbox.add(
            .register(communicator: communicator, members: memberWorldRanks, status: status))
    }

    package func unregister(communicator: UInt64) {
        guard isOurs else { return }
        shared.update { shared in
            shared.registrations[communicator] = nil
            shared.waiting.removeAll { $0.arrival.purpose.communicator == communicator }
        }
        inbox.add(.unregister(communicator: communicator))
    }

    package func abort(communicator: UInt64, cause: AbortCause) {
        guard isOurs else { return }
        let status = shared.update { shared in
            shared.ending == nil ? nil : shared.registrations[communicator]?.status
        }
        // Nobody is left to tell.
        if let status { status.fail(cause) }
        inbox.add(.abort(communicator: communicator, cause))
    }

    package func suspect(communicator: UInt64, rank: Int, errorNumber: Int32) {
        guard isOurs else { return }
        inbox.add(.suspect(communicator: communicator, rank: rank, errorNumber: errorNumber))
    }

    package func inquest(communicator: UInt64, sequence: UInt64, heard: [HeardHeader]) {
        guard isOurs else { return }
        inbox.add(.inquest(communicator: communicator, sequence: sequence, heard: heard))
    }
}
