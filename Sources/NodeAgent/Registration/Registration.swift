/// How a node gets and keeps its place in the control plane.
///
/// A struct without clock, socket or thread: `step` is told what happened and answers what to do.
/// It works towards a state and not through a script: whatever is known of the node's own keys is
/// compared with what should be there, and the difference is the next request. So a lost answer, a
/// key that somebody deleted, a lease that ended and an emptied store are all the same case.
///
/// One request is under way at a time, and beside it the renewal of the lease.
package struct Registration: Sendable {
    package internal(set) var settings: Settings
    let keys: ClusterKeys
    var now: Moment
    var actions: [Action] = []

    /// What the control plane has of this node; nil where it must be read (again).
    var known: OwnKeys?
    /// What the watch told last, also while `known` is nil.
    var recentChanges: [ClusterKeys.NodeFact: Change] = [:]
    var isWatching = false
    var highestRevision: Int64 = 0

    var lease: Lease?
    var renewal: Flight?
    var nextRenewalNanoseconds: UInt64 = 0

    var request: Flight?
    var lastSerial: UInt64 = 0
    /// Nothing is asked before this moment.
    var retryNanoseconds: UInt64 = 0
    var backoff: Backoff
    var nextCheckNanoseconds: UInt64

    /// The number under which this process owns the node.
    var incarnation: Int?
    var highestIncarnation: Int
    var content: RecordContent?
    var stamped: StampedRecord?
    /// What was written last, to tell a repair from a change of ours.
    var written: [ClusterKeys.NodeFact: Commit.Put] = [:]
    var lastHealNanoseconds: UInt64?
    var rival: Rival?
    var hindrance = Hindrance.none
    var localDrain: LocalDrain?
    var resumption: Resumption?
    /// The order that this node was not allowed to take back.
    var keptOrderRevision: Int64?
    /// Who on this host let it take work again since it was drained.
    var resumedBy: String?
    var livePhase = LiveValue.Phase.ready
    var livePhaseReason: String?
    var livePhaseUnixSeconds: Int
    var departure: Departure?
    var isFinished = false
    var lastReport: Report?

    package init(_ settings: Settings, now: Moment) {
        self.settings = settings
        self.now = now
        keys = ClusterKeys(cluster: settings.cluster)
        highestIncarnation = settings.predecessor?.incarnation ?? 0
        backoff = Backoff(
            firstSeconds: settings.retrySeconds.lowerBound,
            limitSeconds: settings.retrySeconds.upperBound, seed: settings.seed)
        nextCheckNanoseconds = .max
        livePhaseUnixSeconds = now.unixSeconds
    }

    /// Takes notice of an event and answers what to do, in order. Call it with `.tick` when
    /// `wakeNanoseconds` has come.
    package mutating func step(_ event: Event, at moment: Moment) -> [Action] {
        now = moment
        actions = []
        guard !isFinished else { return [] }
        take(event)
        expireRequests()
        renewIfDue()
        advance()
        report()
        return actions
    }

    /// When to call `step` at the latest, though nothing happens.
    package var wakeNanoseconds: UInt64 {
        guard !isFinished else { return .max }
        var moments: [UInt64] = []
        if let request {
            moments.append(request.deadlineNanoseconds)
        } else if retryNanoseconds > now.nanoseconds {
            moments.append(retryNanoseconds)
        } else {
            moments.append(nextCheckNanoseconds)
        }
        if let renewal { moments.append(renewal.deadlineNanoseconds) }
        if mayRenew { moments.append(nextRenewalNanoseconds) }
        if let departure { moments.append(departure.deadlineNanoseconds) }
        return moments.min() ?? .max
    }

    /// Whether this process owns the node, as far as it knows, and until when its lease lasts.
    package var standing: Standing? {
        guard let incarnation, let lease else { return nil }
        return Standing(
            incarnation: incarnation, lease: lease.id,
            expiresNanoseconds: lease.expiresNanoseconds)
    }
}

extension Registration {
    /// What it is told at the beginning.
    package struct Settings: Sendable {
        package var cluster: String
        package var nodeId: String
        package var bootId: String
        /// Drawn at random by this process.
        package var instance: String
        package var probeAddress: String
        package var hostname: String
        /// What the process before this one left in the state directory.
        package var predecessor: Predecessor?
        package var leaseSeconds = 15
        /// How long a request may take.
        package var requestTimeoutSeconds = 5.0
        /// Waits after failures: the first, and the longest.
        package var retrySeconds = 0.2...30.0
        /// How often the own keys are read although nothing is said to have changed.
        package var recheckSeconds = 600.0
        /// How long a departure may take.
        package var departureSeconds = 10.0
        package var seed: UInt64

        package init(
            cluster: String, nodeId: String, bootId: String, instance: String,
            probeAddress: String, hostname: String, seed: UInt64
        ) {
            self.cluster = cluster
            self.nodeId = nodeId
            self.bootId = bootId
            self.instance = instance
            self.probeAddress = probeAddress
            self.hostname = hostname
            self.seed = seed
        }
    }

    /// Of the settings, what may change while the process lives.
    package struct Tuning: Sendable, Hashable {
        package var recheckSeconds: Double
        package var departureSeconds: Double
        package var retryLimitSeconds: Double

        package init(_ configuration: AgentConfiguration.Registration) {
            recheckSeconds = configuration.recheckSeconds
            departureSeconds = configuration.departureSeconds
            retryLimitSeconds = configuration.retryLimitSeconds
        }
    }

    /// The process of this agent that ran on this machine before.
    package struct Predecessor: Codable, Sendable, Hashable {
        package var incarnation: Int
        package var instance: String
        package var bootId: String

        package init(incarnation: Int, instance: String, bootId: String) {
            self.incarnation = incarnation
            self.instance = instance
            self.bootId = bootId
        }
    }

    /// What this process owns.
    package struct Standing: Sendable, Hashable {
        package var incarnation: Int
        package var lease: Int64
        package var expiresNanoseconds: UInt64
    }

    struct Lease: Sendable {
        var id: Int64
        var seconds: Int
        /// When the request that made it, or renewed it last, was sent: the store counts from later.
        var renewedNanoseconds: UInt64

        var expiresNanoseconds: UInt64 {
            renewedNanoseconds + UInt64(max(0, seconds)) * 1_000_000_000
        }
    }

    /// A request under way.
    struct Flight: Sendable {
        var serial: UInt64
        var request: Request
        var sentNanoseconds: UInt64
        var deadlineNanoseconds: UInt64
    }

    struct LocalDrain: Sendable {
        var by: String
        var reason: String?
    }

    /// The own host wants work again, whoever ordered the drain.
    struct Resumption: Sendable {
        var by: String
        /// What was ordered at a later one came after it, and stands.
        var revision: Int64
        /// Whether `revision` is to be that of a read with a serial above this one: what was ordered
        /// before may not have been told yet.
        var readsAfterSerial: UInt64?
    }

    struct Departure: Sendable {
        var reason: String
        var deadlineNanoseconds: UInt64
        var hasTombstone = false
    }

    /// Who else has this node's id.
    struct Rival: Sendable {
        var value: IncarnationValue
        /// What its address answered; nil before it did.
        var hasAnswered: Bool
    }

    /// What keeps the node from being registered.
    enum Hindrance: Sendable {
        case none
        /// The lease of another process has not ended.
        case lease
        /// This one has the id, and answers.
        case rival(IncarnationValue)
    }

    struct Report: Sendable, Hashable {
        var phase: AgentStatus.Phase
        var reason: String
    }
}
