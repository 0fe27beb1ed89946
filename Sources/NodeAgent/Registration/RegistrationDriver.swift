package import ClusterStore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import ServiceLifecycle
internal import Synchronization

/// Carries out what `Registration` answers: against the control plane, the state directory, and the
/// nodes that it probes.
///
/// All of it happens on an event loop whose thread does nothing else but to answer probes, and the
/// client has a thread of its own: so leases are renewed in time whatever else the process does.
package final class RegistrationDriver: Service, @unchecked Sendable {
    // `machine`, `timer`, and the tasks are touched on `loop` only.
    private var machine: Registration
    private var timer: Scheduled<Void>?
    private var watches: [Task<Void, Never>] = []
    private var requests: [UInt64: Task<Void, Never>] = [:]

    private let settings: Registration.Settings
    private let loop: any EventLoop
    private let executor: LoopExecutor
    private let client: StoreClient
    private let prober: ProbeClient
    private let keys: ClusterKeys
    private let state: StateDirectory
    private let status: StatusHolder
    private let logger: Logger
    private let onStanding: @Sendable (Registration.Standing?) -> Void
    private let ending = Ending()

    /// - Parameter onStanding: told, on the loop, when the node is registered, and when it is no more.
    package init(
        _ settings: Registration.Settings, thread: AgentThread, client: StoreClient,
        prober: ProbeClient, state: StateDirectory, status: StatusHolder, logger: Logger,
        onStanding: @escaping @Sendable (Registration.Standing?) -> Void
    ) {
        self.settings = settings
        loop = thread.loop
        executor = thread.executor
        machine = Registration(settings, now: .current())
        keys = ClusterKeys(cluster: settings.cluster)
        self.client = client
        self.prober = prober
        self.state = state
        self.status = status
        self.logger = logger
        self.onStanding = onStanding
    }

    /// Registers and stays registered until it is told to shut down; then leaves, and returns.
    package func run() async throws {
        post(.tick)
        await withTaskCancellationOrGracefulShutdownHandler {
            await ending.wait()
        } onCancelOrGracefulShutdown: {
            self.post(.stop(reason: "the agent was told to stop"))
        }
    }

    /// Tells the state machine an event; from any thread.
    package func post(_ event: Registration.Event) {
        loop.execute { self.handle(event) }
    }

    private func handle(_ event: Registration.Event) {
        let before = machine.standing
        for action in machine.step(event, at: .current()) { perform(action) }
        if machine.standing != before { noteStanding(before) }
        schedule()
    }

    private func schedule() {
        timer?.cancel()
        timer = nil
        let moment = machine.wakeNanoseconds
        guard moment != .max else { return }
        let now = Clock.nowNanoseconds()
        let pause = moment > now ? Int64(clamping: moment - now) : 0
        timer = loop.scheduleTask(in: .nanoseconds(pause)) { self.handle(.tick) }
    }

    private func noteStanding(_ before: Registration.Standing?) {
        let standing = machine.standing
        let lease = machine.leaseStatus
        status.update { status in
            status.incarnation = standing?.incarnation
            status.lease = lease
        }
        if standing?.lease != before?.lease || standing?.incarnation != before?.incarnation {
            onStanding(standing)
        }
    }

    private func perform(_ action: Registration.Action) {
        switch action {
        case .send(let serial, let request): send(request, serial)
        case .watch(let revision): watch(after: revision)
        case .remember(let predecessor): remember(predecessor)
        case .log(let note): logger.report(note.event, note.message, note.facts)
        case .report(let phase, let reason): status.enter(phase, reason)
        case .count(let counter): status.update { $0.counters.count(counter) }
        case .publish(let record, let isPublished): publish(record, isPublished)
        case .finish: finish()
        }
    }

    private func publish(_ record: StampedRecord, _ isPublished: Bool) {
        let identity = record.record.identity
        let entry = AgentStatus.Record(
            json: record.json, contentHash: identity.contentHash,
            generation: identity.generation, isPublished: isPublished,
            slots: record.record.slots)
        status.update { $0.record = entry }
    }

    private func remember(_ predecessor: Registration.Predecessor) {
        do {
            try state.remember(predecessor)
        } catch {
            logger.report(.stateUnwritable, "\(error)")
        }
    }

    private func finish() {
        timer?.cancel()
        for task in watches + requests.values { task.cancel() }
        watches = []
        requests = [:]
        onStanding(nil)
        ending.finish()
    }
}

// MARK: - Requests

extension RegistrationDriver {
    private func send(_ request: Registration.Request, _ serial: UInt64) {
        requests[serial] = Task(executorPreference: executor) {
            let answer = await self.answer(request)
            self.loop.execute {
                self.requests[serial] = nil
                self.noteContact(answer, request)
                self.handle(.answer(serial: serial, answer))
            }
        }
    }

    private func answer(_ request: Registration.Request) async -> Registration.Answer {
        do throws(StoreFailure) {
            switch request {
            case .read: return .read(try await client.ownKeys(settings.nodeId, keys))
            case .grant(let seconds):
                let lease = try await client.failing { client throws(StoreError) in
                    try await client.grantLease(seconds: Int64(seconds))
                }
                return .granted(lease: lease.id.rawValue, seconds: Int(lease.grantedSeconds))
            case .renew(let id):
                let seconds = try await client.failing { client throws(StoreError) in
                    try await client.renew(LeaseID(id))
                }
                return .renewed(seconds: Int(seconds))
            case .revoke(let id):
                try await client.failing { client throws(StoreError) in
                    try await client.revokeLease(LeaseID(id))
                }
                return .revoked
            case .commit(let commit):
                return try await client.carryOut(commit).map { .committed(revision: $0) }
                    ?? .conflict
            case .probe(let address, let instance):
                let probed = await prober.ask(address, nodeId: settings.nodeId, instance: instance)
                return .probed(hasAnswered: probed.hasAnswered, evidence: probed.evidence)
            }
        } catch {
            return .failed(error)
        }
    }

    private func noteContact(_ answer: Registration.Answer, _ request: Registration.Request) {
        if case .probe = request { return }
        let now = Clock.nowNanoseconds()
        status.update { status in
            if case .failed(let failure) = answer, !failure.isLeaseMissing, !failure.isDenied {
                status.controlPlane.failed(failure.message, at: now)
            } else {
                status.controlPlane.answered(at: now)
            }
        }
    }
}

// MARK: - Watches

extension RegistrationDriver {
    private func watch(after revision: Int64) {
        for task in watches { task.cancel() }
        let ranges: [KeyRange] = [
            .prefix(Key(keys.node(settings.nodeId))), .key(Key(keys.order(settings.nodeId))),
        ]
        watches = ranges.map { range in
            Task(executorPreference: executor) { await self.follow(range, after: revision) }
        }
    }

    private func follow(_ range: KeyRange, after revision: Int64) async {
        do throws(StoreError) {
            for try await event in client.watch(range, from: Revision(revision + 1)) { take(event) }
        } catch {
            guard !Task.isCancelled else { return }
            loop.scheduleTask(in: .seconds(1)) {
                self.handle(.watchEnded(reason: "the watch of the own keys ended: \(error)"))
            }
        }
    }

    private func take(_ event: WatchEvent) {
        switch event {
        case .events(let events):
            for event in events {
                guard case .node(_, let fact)? = keys.subject(of: event.key.text) else { continue }
                post(.changed(fact, event.held, revision: event.revision.rawValue))
            }
        case .compacted: post(.forgotten(reason: "the watch was too far behind"))
        case .replaced: post(.forgotten(reason: "another store answers, or a restored one"))
        case .progress, .connected, .disconnected: break
        }
    }
}
