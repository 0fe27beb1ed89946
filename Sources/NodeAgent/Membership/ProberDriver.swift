package import ClusterStore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import Platform
internal import ServiceLifecycle

/// Carries out what `Prober` answers, on an event loop of the process's.
package final class ProberDriver: Service, @unchecked Sendable {
    // `machine`, `timer`, and `watch` are touched on `loop` only.
    private var machine: Prober
    private var timer: Scheduled<Void>?
    private var watch: Task<Void, Never>?

    private let loop: any EventLoop
    private let client: StoreClient
    private let prober: ProbeClient
    private let keys: ClusterKeys
    private let status: StatusHolder
    private let logger: Logger

    package init(
        _ settings: Prober.Settings, client: StoreClient, prober: ProbeClient,
        status: StatusHolder, logger: Logger
    ) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        machine = Prober(settings, now: .current())
        keys = ClusterKeys(cluster: settings.cluster)
        self.client = client
        self.prober = prober
        self.status = status
        self.logger = logger
    }

    /// Works until it is told to shut down.
    package func run() async throws {
        let ending = Ending()
        await withTaskCancellationOrGracefulShutdownHandler {
            await ending.wait()
        } onCancelOrGracefulShutdown: {
            ending.finish()
        }
        post(.standing(nil))
    }

    /// Tells the state machine an event; from any thread.
    package func post(_ event: Prober.Event) {
        loop.execute { self.handle(event) }
    }

    private func handle(_ event: Prober.Event) {
        for action in machine.step(event, at: .current()) { perform(action) }
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

    private func perform(_ action: Prober.Action) {
        switch action {
        case .send(let serial, let request):
            Task {
                let answer = await self.answer(request)
                self.post(.answer(serial: serial, answer))
            }
        case .watch(let scope, let revision):
            watch?.cancel()
            watch = Task { await self.follow(scope, after: revision) }
        case .rest:
            watch?.cancel()
            watch = nil
        case .log(let note): logger.report(note.event, note.message, note.facts)
        case .elected(let isElected): status.update { $0.isProber = isElected }
        case .count(let counter): status.update { $0.counters.count(counter) }
        }
    }

    private func answer(_ request: Prober.Request) async -> Prober.Answer {
        do throws(StoreFailure) {
            switch request {
            case .read(let scope):
                let (entries, revision) = try await client.entries(range(of: scope))
                return .read(entries, revision: revision)
            case .commit(let commit):
                return try await client.carryOut(commit).map { .committed(revision: $0) }
                    ?? .conflict
            case .probe(let nodeId, let address, let instance):
                let probed = await prober.ask(address, nodeId: nodeId, instance: instance)
                return .probed(hasAnswered: probed.hasAnswered, evidence: probed.evidence)
            }
        } catch {
            return .failed(error)
        }
    }

    private func range(of scope: Prober.Scope) -> KeyRange {
        switch scope {
        case .proberKey: .key(Key(keys.prober))
        case .cluster: .prefix(Key(keys.prefix))
        }
    }

    private func follow(_ scope: Prober.Scope, after revision: Int64) async {
        do throws(StoreError) {
            for try await event in client.watch(range(of: scope), from: Revision(revision + 1)) {
                switch event {
                case .events(let events):
                    for event in events {
                        post(
                            .changed(
                                scope, key: event.key.text, event.held,
                                revision: event.revision.rawValue))
                    }
                case .compacted, .replaced: post(.forgotten(scope))
                case .progress, .connected, .disconnected: break
                }
            }
        } catch {
            guard !Task.isCancelled else { return }
            loop.scheduleTask(in: .seconds(1)) { self.handle(.forgotten(scope)) }
        }
    }
}
