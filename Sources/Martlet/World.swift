internal import Bootstrap
internal import Collectives
internal import Liveness
internal import Platform
internal import Schedules
internal import Synchronization
internal import Topology

/// What all communicators of a job share in one process: the members, the service thread, and the
/// plan.
final class World: Fabric {
    /// The communicator of all ranks; those that come from splits have hashes.
    static let identifier: UInt64 = 1
    /// Up to so many ranks, the links of all pairs open when a communicator is made; beyond, those
    /// that its usual programs need, and others at their first use.
    static let meshLimit = 32
    /// Algorithms in which some rank talks to all others.
    static let wideAlgorithms: Set<Algorithm> = [.direct, .star]

    let membership: Membership
    let configuration: LivenessConfiguration
    let service: LivenessService
    let operationTimeoutSeconds: Double
    /// Which transports may carry the links of this rank.
    let policy: TransportPolicy
    /// Where this rank works.
    let placement: Placement
    /// The rings of the job as its hosts suggest them; operations run in the order of the first.
    let channels: ChannelPlan
    /// What this process measured or was told; set once, before anybody else can ask.
    private let agreed = Mutex<AgreedPlan?>(nil)
    /// Communicators that are being made or are open. The last one ends the service.
    private let communicatorCount = Atomic<Int>(0)

    /// The algorithms of a world, and where they come from.
    struct AgreedPlan: Sendable {
        var plan: Plan
        var source: String
        var demands: Demands
    }

    /// What a caller demands of how operations run: alike on all ranks.
    struct Demands: Sendable {
        /// Carries every collective that it can carry.
        var algorithm: Algorithm?
        /// Ranks agree on each operation before anything of it moves.
        var isStrict = false
    }

    /// How long what may take.
    struct Times: Sendable {
        var operationSeconds: Double
        var silenceSeconds: Double
    }

    init(
        _ membership: Membership, _ placement: Placement, _ policy: TransportPolicy,
        deadline: Deadline, times: Times
    ) throws(BootstrapError) {
        var configuration = LivenessConfiguration()
        configuration.silenceSeconds = times.silenceSeconds
        configuration.describeOperation = { words, _ in
            OperationHeader(words: (words.first, words.second, words.third, words.fourth))
                .description
        }
        configuration.numaNode = placement.memoryNode
        let roster = membership.roster
        configuration.describePlace = { rank in
            "process \(roster[rank].processIdentifier) on \(roster[rank].host.hostname)"
        }
        self.membership = membership
        self.configuration = configuration
        operationTimeoutSeconds = times.operationSeconds
        self.policy = policy
        self.placement = placement
        channels = ChannelPlan(membership)
        service = LivenessService(membership: membership, configuration: configuration)
        try service.start(deadline: deadline)
    }

    var plan: AgreedPlan? {
        get { agreed.withLock { $0 } }
        set { agreed.withLock { $0 = newValue } }
    }

    /// The order of the world's ranks.
    var order: RankOrder { plan?.plan.order ?? naturalOrder }

    /// What rings and trees follow unless a plan says otherwise.
    var naturalOrder: RankOrder { RankOrder(channels.channels[0]) }

    /// The cost table that holds before anything is measured.
    var unmeasuredTable: CostTable {
        let hosts = membership.ranksByHost
        return .unmeasured(
            ranksPerHost: hosts.map(\.count).max() ?? 1,
            coresPerHost: hosts.map(membership.roster.processorCount).min() ?? 1)
    }
}

// MARK: - Communicators

extension World {
    func make(
        identifier: UInt64, worldRanks: [Int]
    ) throws(CollectiveError) -> Communicator {
        try make(
            identifier: identifier, worldRanks: worldRanks,
            deadline: Deadline(secondsFromNow: operationTimeoutSeconds))
    }

    func make(
        identifier: UInt64, worldRanks: [Int], deadline: Deadline
    ) throws(CollectiveError) -> Communicator {
        guard let rank = worldRanks.firstIndex(of: membership.rank) else {
            throw CollectiveError(
                .invalidArgument, "rank \(membership.rank) is not among \(worldRanks)")
        }
        communicatorCount.add(1, ordering: .relaxed)
        do throws(CollectiveError) {
            let status = try watch(identifier, worldRanks, rank)
            let engine = engine(identifier, worldRanks, rank, status)
            try engine.openLinks(
                to: initialPeers(of: engine), deadline: deadline)
            return Communicator(engine: engine, fabric: self, worldRanks: worldRanks)
        } catch {
            service.unregister(communicator: identifier)
            endOne(isAll: false)
            throw error
        }
    }

    /// Begins the watch over a communicator. A rank that is out of descriptors says so to the
    /// others, which would wait for it until their deadline.
    private func watch(
        _ identifier: UInt64, _ worldRanks: [Int], _ rank: Int
    ) throws(CollectiveError) -> CommunicatorStatus {
        do throws(SystemError) {
            let status = CommunicatorStatus(wake: try EventDescriptor())
            service.register(
                communicator: identifier, memberWorldRanks: worldRanks, status: status)
            return status
        } catch {
            service.register(
                communicator: identifier, memberWorldRanks: worldRanks,
                status: CommunicatorStatus(wake: nil))
            let message = "rank \(rank) could not make the communicator: \(error)"
            service.abort(
                communicator: identifier,
                cause: AbortCause(
                    code: .system, culprit: rank, message: message, phase: .joining))
            throw CollectiveError(
                .system, message, culprit: rank, phase: .joining, errorNumber: error.code)
        }
    }

    private func engine(
        _ identifier: UInt64, _ worldRanks: [Int], _ rank: Int, _ status: CommunicatorStatus
    ) -> Engine {
        let opener = JobLinkOpener(
            world: self, identifier: identifier, worldRanks: worldRanks, rank: rank,
            status: status)
        let sharers = membership.roster.sharers(of: membership.rank, among: worldRanks)
        let engine = Engine(
            rank: rank, rankCount: worldRanks.count, identifier: identifier, status: status,
            detector: service, opener: opener,
            strategy: WaitStrategy(
                ranksOnHost: sharers.rankCount, processorCount: sharers.processorCount),
            timeoutSeconds: operationTimeoutSeconds, order: order.restricted(to: worldRanks),
            numaNode: placement.memoryNode,
            choose: chooser(rankCount: worldRanks.count))
        engine.isStrict = plan?.demands.isStrict ?? false
        return engine
    }

    /// How a communicator of so many ranks chooses: the plan of the world, for its size.
    func chooser(rankCount: Int) -> (Collective, Int) -> Algorithm {
        var plan = self.plan?.plan ?? Plan(rankCount: rankCount, table: unmeasuredTable)
        plan.rankCount = rankCount
        let chosen = plan
        // Links of all pairs would be as many as a host has descriptors.
        let spares = rankCount > Self.meshLimit
        return { collective, byteCount in
            let choice = chosen.choose(collective, byteCount: byteCount)
            let isWide = Self.wideAlgorithms.contains(choice.algorithm)
            guard spares, isWide, !choice.isForced else { return choice.algorithm }
            return choice.candidates.first { !Self.wideAlgorithms.contains($0.algorithm) }?
                .algorithm ?? choice.algorithm
        }
    }

    private func initialPeers(of engine: Engine) -> [Int] {
        let rank = engine.rank
        if engine.rankCount <= Self.meshLimit {
            return (0..<engine.rankCount).filter { $0 != rank }
        }
        var peers: Set<Int> = []
        for algorithm in Algorithm.available(for: .allReduce)
        where !Self.wideAlgorithms.contains(algorithm) {
            let program = try? Program.make(
                collective: .allReduce, algorithm: algorithm, rank: rank, over: engine.order)
            for step in program?.steps ?? [] {
                switch step.action {
                case .send(let peer, _), .receive(let peer), .borrow(let peer): peers.insert(peer)
                case .reduce: break
                }
            }
        }
        return peers.sorted()
    }

    /// Ends a process's part in a job that it could not join, and tells the others why, unless all
    /// find that out by themselves from what every rank has told.
    func giveUp(_ error: CollectiveError, _ world: Communicator) {
        if error.code != .notJoined {
            service.abort(
                communicator: world.identifier,
                cause: AbortCause(
                    code: .system, culprit: membership.rank,
                    message: "rank \(membership.rank) could not join: \(error.message)",
                    phase: .joining, errorNumber: error.errorNumber))
        }
        dismantle(world.engine, isLeaving: true)
    }

    /// Who leaves the world ends the process's part in the job. Who only lets go of it may still
    /// use what it was split into.
    func dismantle(_ engine: Engine, isLeaving: Bool) {
        let isFirst = engine.close {
            service.unregister(communicator: engine.identifier)
        }
        guard isFirst else { return }
        endOne(isAll: isLeaving && engine.identifier == Self.identifier)
    }

    private func endOne(isAll: Bool) {
        // Releasing and acquiring: the last one comes behind what the others did.
        let left = communicatorCount.subtract(1, ordering: .acquiringAndReleasing).newValue
        if isAll || left == 0 { service.leave(deadline: Deadline(secondsFromNow: 2)) }
    }
}
