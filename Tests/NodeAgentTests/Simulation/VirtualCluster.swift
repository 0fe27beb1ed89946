@testable import NodeAgent

/// Agents and their control plane in virtual time, from a seed: requests and answers take time, get
/// lost, and fail; hosts and processes do what hosts and processes do.
final class VirtualCluster {
    static let name = "virtual"
    static let slots = 8
    private static let secondNanoseconds: UInt64 = 1_000_000_000

    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    private enum Happening {
        case deliver(VirtualAgent, VirtualAgent.Delivery)
        case arrive(VirtualAgent, Registration.Request, serial: UInt64)
        case arriveProber(VirtualAgent, Prober.Request, serial: UInt64)
    }

    let keys = ClusterKeys(cluster: VirtualCluster.name)
    private(set) var now: UInt64 = 1_000_000_000
    var random: SplitMix64
    var store = VirtualStore()
    private(set) var agents: [VirtualAgent] = []
    var disks: [String: Registration.Predecessor] = [:]
    var cutHosts: Set<String> = []
    /// Cut off from the control plane, and from nobody else.
    var muteHosts: Set<String> = []
    var isStoreAway = false
    /// Whether nodes have no right to their orders.
    var deniesOrders = false
    /// How many of a thousand messages to or from the control plane are lost.
    var lostPerMille: UInt64 = 5
    private var queue: [(moment: UInt64, order: UInt64, what: Happening)] = []
    private var order: UInt64 = 0
    private var highestIncarnations: [String: Int] = [:]
    private var owners: [String: VirtualAgent] = [:]
    /// Since when a node has been suspect or lost.
    private var doubted: [String: UInt64] = [:]
    private var checked: (revision: Int64, nodes: [NodeView]) = (0, [])
    private(set) var lostVerdictCount = 0
    private(set) var claimCount = 0

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    var moment: Moment {
        Moment(nanoseconds: now, unixSeconds: Int(now / Self.secondNanoseconds))
    }

    // MARK: What tests do

    @discardableResult
    func start(_ nodeId: String, host: String, boot: String) throws -> VirtualAgent {
        let seed = random.next()
        let agent = VirtualAgent(
            nodeId: nodeId, host: host, instance: "\(host)-\(seed)", bootId: boot,
            predecessor: disks[host], at: moment, seed: seed)
        agents.append(agent)
        try deliver(agent, .registration(.content(Self.content(nodeId, boot))))
        return agent
    }

    /// Tells an agent something, as its host would.
    func tell(_ agent: VirtualAgent, _ event: Registration.Event) throws {
        try deliver(agent, .registration(event))
    }

    func kill(_ agent: VirtualAgent) {
        agent.isAlive = false
    }

    func resume(_ agent: VirtualAgent) throws {
        agent.isStopped = false
        let backlog = agent.backlog
        agent.backlog = []
        for delivery in backlog { try deliver(agent, delivery) }
    }

    func running(on host: String) -> VirtualAgent? {
        agents.last { $0.host == host && $0.isAlive && !$0.hasFinished }
    }

    var snapshot: ClusterSnapshot {
        var snapshot = ClusterSnapshot(keys: keys)
        for (key, value) in store.entries { snapshot.put(key, value.bytes) }
        return snapshot
    }

    static func content(_ nodeId: String, _ boot: String) -> RecordContent {
        RecordContent(
            NodeRecord(
                identity: .init(
                    nodeId: nodeId, bootId: boot, incarnation: 0, generation: 0,
                    contentHash: "content of \(nodeId) in \(boot)", hostname: nodeId,
                    addresses: [], agentVersion: "test"),
                cpu: .init(wholeCpuset: "0", allowedCpuset: "0", allowedCount: 1), numa: [],
                accelerators: [], nics: [], affinity: [], limits: .init(), transports: [],
                slots: .init(source: "configuration", total: slots, reserved: 0), conditions: [],
                unknown: []))
    }

    /// Lets time pass.
    func run(seconds: Double) throws {
        let end = now + UInt64(seconds * 1e9)
        while now < end {
            let next = nextMoment(before: end)
            now = max(now, next)
            store.expire(at: now)
            for agent in agents where agent.isAlive && !agent.hasFinished { noteHealth(agent) }
            if let first = queue.first, first.moment <= now {
                queue.removeFirst()
                try happen(first.what)
            }
            try tickAll()
            try pumpWatches()
            try checkNodes()
        }
    }

    private func nextMoment(before end: UInt64) -> UInt64 {
        var next = min(end, now + Self.secondNanoseconds / 4)
        if let first = queue.first { next = min(next, first.moment) }
        for agent in agents where agent.isAlive && !agent.isStopped && !agent.hasFinished {
            next = min(next, max(agent.wakeNanoseconds, now + 1))
        }
        return next
    }

    private func tickAll() throws {
        for agent in agents where agent.isAlive && !agent.isStopped && !agent.hasFinished {
            if agent.registration.wakeNanoseconds <= now {
                try deliver(agent, .registration(.tick))
            }
            if agent.prober.wakeNanoseconds <= now { try deliver(agent, .prober(.tick)) }
            if agent.wakeNanoseconds <= now, !agent.hasFinished {
                throw Violation(description: "\(agent.instance) never rests")
            }
        }
    }

    // MARK: Messages

    private func schedule(_ what: Happening, afterSeconds seconds: Double? = nil) {
        let delay = seconds ?? Double(random.next() % 50 + 1) / 1000
        order += 1
        let entry = (moment: now + UInt64(delay * 1e9), order: order, what: what)
        let index =
            queue.firstIndex { ($0.moment, $0.order) > (entry.moment, entry.order) }
            ?? queue.count
        queue.insert(entry, at: index)
    }

    private func reaches(_ agent: VirtualAgent) -> Bool {
        hasStore(agent) && random.next() % 1000 >= lostPerMille
    }

    private func hasStore(_ agent: VirtualAgent) -> Bool {
        !isStoreAway && !cutHosts.contains(agent.host) && !muteHosts.contains(agent.host)
    }

    private func happen(_ what: Happening) throws {
        switch what {
        case .deliver(let agent, let delivery): try deliver(agent, delivery)
        case .arrive(let agent, let request, let serial):
            guard let answer = try answer(request, of: agent) else { return }
            schedule(.deliver(agent, .registration(.answer(serial: serial, answer))))
        case .arriveProber(let agent, let request, let serial):
            guard let answer = try answer(request, of: agent) else { return }
            schedule(.deliver(agent, .prober(.answer(serial: serial, answer))))
        }
    }

    private func deliver(_ agent: VirtualAgent, _ delivery: VirtualAgent.Delivery) throws {
        guard agent.isAlive, !agent.hasFinished else { return }
        guard !agent.isStopped else { return agent.backlog.append(delivery) }
        switch delivery {
        case .tick: break
        case .registration(let event):
            let before = agent.registration.standing
            for action in agent.registration.step(event, at: moment) { perform(action, agent) }
            let after = agent.registration.standing
            if after?.lease != before?.lease || after?.incarnation != before?.incarnation {
                try deliver(agent, .prober(.standing(after)))
            }
        case .prober(let event):
            for action in agent.prober.step(event, at: moment) { perform(action, agent) }
        }
    }

    private func perform(_ action: Registration.Action, _ agent: VirtualAgent) {
        switch action {
        case .send(let serial, let request):
            schedule(.arrive(agent, request, serial: serial))
        case .watch(let revision): agent.ownCursor = revision
        case .remember(let predecessor): disks[agent.host] = predecessor
        case .finish: agent.hasFinished = true
        case .log, .report, .count, .publish: break
        }
    }

    private func perform(_ action: Prober.Action, _ agent: VirtualAgent) {
        switch action {
        case .send(let serial, let request):
            schedule(.arriveProber(agent, request, serial: serial))
        case .watch(let scope, let revision): agent.proberWatch = (scope, revision)
        case .rest: agent.proberWatch = nil
        case .log, .elected, .count: break
        }
    }

    /// Changes reach watchers in their order and once, as the client promises, however long the
    /// connection was away.
    private func pumpWatches() throws {
        for agent in agents where agent.isAlive && !agent.isStopped && !agent.hasFinished {
            guard hasStore(agent) else { continue }
            if let cursor = agent.ownCursor {
                agent.ownCursor = store.revision
                for change in store.history.reversed().prefix(while: { $0.revision > cursor })
                    .reversed()
                {
                    guard case .node(agent.nodeId, let fact)? = keys.subject(of: change.key) else {
                        continue
                    }
                    try deliver(
                        agent,
                        .registration(.changed(fact, change.value, revision: change.revision)))
                }
            }
            try pumpProber(agent)
        }
    }

    private func pumpProber(_ agent: VirtualAgent) throws {
        guard let (scope, cursor) = agent.proberWatch else { return }
        agent.proberWatch?.cursor = store.revision
        for change in store.history.reversed().prefix(while: { $0.revision > cursor }).reversed() {
            guard scope == .cluster || change.key == keys.prober else { continue }
            try deliver(
                agent,
                .prober(
                    .changed(scope, key: change.key, change.value, revision: change.revision)))
        }
    }

    // MARK: Answers

    private func answer(
        _ request: Registration.Request, of agent: VirtualAgent
    ) throws -> Registration.Answer? {
        if case .probe(let address, let instance) = request {
            let hasAnswered = answers(address, instance, to: agent)
            return .probed(hasAnswered: hasAnswered, evidence: "virtual")
        }
        guard reaches(agent) else {
            return random.next() % 2 == 0 ? nil : .failed(StoreFailure("no connection"))
        }
        let answer: Registration.Answer
        switch request {
        case .read: answer = .read(own(agent.nodeId))
        case .grant(let seconds):
            answer = .granted(lease: store.grant(seconds, at: now), seconds: seconds)
        case .renew(let id):
            answer =
                store.renew(id, at: now).map { .renewed(seconds: $0) }
                ?? .failed(StoreFailure("no such lease", isLeaseMissing: true))
        case .revoke(let id):
            store.revoke(id)
            answer = .revoked
        case .commit where deniesOrders && agent.registration.liftsOrder(request):
            answer = .failed(StoreFailure("denied", isDenied: true))
        case .commit(let commit):
            switch store.carryOut(commit) {
            case .success(let revision):
                if revision != nil { try checkCommit(commit, by: agent) }
                answer = revision.map { .committed(revision: $0) } ?? .conflict
            case .failure(let failure): answer = .failed(failure)
            }
        case .probe: return nil
        }
        // Done, and nobody hears of it.
        return random.next() % 1000 < lostPerMille ? nil : answer
    }

    private func answer(
        _ request: Prober.Request, of agent: VirtualAgent
    ) throws -> Prober.Answer? {
        if case .probe(_, let address, let instance) = request {
            return .probed(
                hasAnswered: answers(address, instance, to: agent), evidence: "virtual")
        }
        guard reaches(agent) else { return .failed(StoreFailure("no connection")) }
        switch request {
        case .read(let scope):
            let entries = store.entries.filter { scope == .cluster || $0.key == keys.prober }
            return .read(entries, revision: store.revision)
        case .commit(let commit):
            switch store.carryOut(commit) {
            case .success(let revision):
                if revision != nil { try checkVerdicts(commit) }
                return revision.map { .committed(revision: $0) } ?? .conflict
            case .failure(let failure): return .failed(failure)
            }
        case .probe: return nil
        }
    }

    private func own(_ nodeId: String) -> OwnKeys {
        var own = OwnKeys(values: [:], revision: store.revision)
        for (key, value) in store.entries {
            guard case .node(nodeId, let fact)? = keys.subject(of: key), fact != .verdict else {
                continue
            }
            own.values[fact] = value
        }
        return own
    }

    private func answers(_ address: String, _ instance: String, to asker: VirtualAgent) -> Bool {
        let host = String(address.dropLast(2))
        guard !cutHosts.contains(host), !cutHosts.contains(asker.host) else { return false }
        return agents.contains {
            $0.instance == instance && $0.isAlive && !$0.isStopped && !$0.hasFinished
        }
    }
}

// MARK: - What must always hold

extension VirtualCluster {
    private func isHealthy(_ agent: VirtualAgent) -> Bool {
        agent.isAlive && !agent.isStopped && !agent.hasFinished && hasStore(agent)
    }

    private func noteHealth(_ agent: VirtualAgent) {
        if isHealthy(agent) {
            agent.healthySince = agent.healthySince ?? now
        } else {
            agent.healthySince = nil
        }
    }

    private func hasBeenHealthy(_ agent: VirtualAgent, seconds: UInt64) -> Bool {
        guard isHealthy(agent), let since = agent.healthySince else { return false }
        return now - since >= seconds * Self.secondNanoseconds
    }

    /// Numbers only grow, and nobody is robbed of its id.
    private func checkCommit(_ commit: Commit, by agent: VirtualAgent) throws {
        guard let put = commit.puts.first(where: { $0.key == keys.incarnation(agent.nodeId) })
        else { return }
        claimCount += 1
        let value = try CanonicalJSON.decode(IncarnationValue.self, from: put.value)
        let highest = highestIncarnations[agent.nodeId] ?? 0
        guard value.incarnation > highest else {
            throw Violation(
                description: "\(agent.nodeId): incarnation \(value.incarnation) after \(highest)")
        }
        highestIncarnations[agent.nodeId] = value.incarnation
        if let owner = owners[agent.nodeId], owner !== agent, hasBeenHealthy(owner, seconds: 20),
            hasBeenHealthy(agent, seconds: 10)
        {
            throw Violation(
                description: "\(agent.instance) took the id of \(owner.instance), which answers")
        }
        owners[agent.nodeId] = agent
    }

    /// Nobody is called lost that was well.
    private func checkVerdicts(_ commit: Commit) throws {
        for put in commit.puts {
            guard case .node(let id, .verdict)? = keys.subject(of: put.key) else { continue }
            let verdict = try CanonicalJSON.decode(VerdictValue.self, from: put.value)
            guard verdict.judgement == .lost else { continue }
            lostVerdictCount += 1
            if let owner = owners[id], hasBeenHealthy(owner, seconds: 20) {
                throw Violation(description: "\(id) was called lost, and is well")
            }
            if store.entries[keys.freeze] != nil {
                throw Violation(description: "\(id) was called lost in a freeze")
            }
        }
    }

    /// No slot comes or goes, and a node that is well is not doubted for longer than repairs, with
    /// lost messages, take.
    private func checkNodes() throws {
        if checked.revision != store.revision {
            checked = (store.revision, snapshot.nodes)
            let registered = checked.nodes.filter { $0.state != .left && $0.record != nil }
            guard ClusterCapacity(checked.nodes).slotCount == registered.count * Self.slots else {
                throw Violation(description: "\(ClusterCapacity(checked.nodes))")
            }
            for node in checked.nodes {
                let isDoubted = node.state == .suspect || node.state == .lost
                doubted[node.nodeId] = isDoubted ? doubted[node.nodeId] ?? now : nil
            }
        }
        for (node, since) in doubted where now - since > 30 * Self.secondNanoseconds {
            guard let owner = owners[node], hasBeenHealthy(owner, seconds: 45) else { continue }
            throw Violation(description: "\(node) has been doubted for 30 s, and is well")
        }
    }
}
