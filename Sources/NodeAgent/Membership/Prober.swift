/// Finds out what became of nodes whose lease ended: only the elected prober does, one for a cluster.
///
/// It is elected by the key `prober`, which it holds under its own lease: every other node watches
/// that one key, and tries to take it, after a wait drawn at random, when it goes. The elected one
/// watches the whole cluster. So a cluster of n nodes has n + 1 watches, and a change of a node goes
/// to one reader and not to n.
///
/// A struct without clock, socket or thread, as `Registration` is: `step` is told what happened and
/// answers what to do.
package struct Prober: Sendable {
    package internal(set) var settings: Settings
    let keys: ClusterKeys
    var now: Moment
    var actions: [Action] = []

    var standing: Registration.Standing?
    /// What is watched at the moment.
    var scope: Scope?
    /// What stands there; nil until it was read.
    var entries: [String: HeldValue]?
    var recentChanges: [String: Change] = [:]
    var snapshot: ClusterSnapshot
    var absences: [String: Absence] = [:]

    var request: Flight?
    var probes: [UInt64: String] = [:]
    var lastSerial: UInt64 = 0
    var retryNanoseconds: UInt64 = 0
    var backoff: Backoff
    var isElected = false
    /// When to try to become the prober; nil while there is one.
    var electionNanoseconds: UInt64?

    package init(_ settings: Settings, now: Moment) {
        self.settings = settings
        self.now = now
        keys = ClusterKeys(cluster: settings.cluster)
        snapshot = ClusterSnapshot(keys: keys)
        backoff = Backoff(firstSeconds: 0.5, limitSeconds: 30, seed: settings.seed)
    }

    /// Takes notice of an event and answers what to do, in order. Call it with `.tick` when
    /// `wakeNanoseconds` has come.
    package mutating func step(_ event: Event, at moment: Moment) -> [Action] {
        now = moment
        actions = []
        take(event)
        expireRequest()
        advance()
        return actions
    }

    /// When to call `step` at the latest, though nothing happens.
    package var wakeNanoseconds: UInt64 {
        guard standing != nil else { return .max }
        var moments = [nextProbeNanoseconds]
        if let request {
            moments.append(request.deadlineNanoseconds)
        } else if retryNanoseconds > now.nanoseconds {
            moments.append(retryNanoseconds)
        } else if let electionNanoseconds {
            moments.append(electionNanoseconds)
        }
        return moments.min() ?? .max
    }
}

extension Prober {
    /// What does not change while the process lives.
    package struct Settings: Sendable {
        package var cluster: String
        package var nodeId: String
        /// From the end of the lease to `lost`, at least.
        package var graceSeconds = 30.0
        /// Between probes of one node.
        package var intervalSeconds = 5.0
        package var requestTimeoutSeconds = 5.0
        /// The longest wait before a node tries to become the prober.
        package var electionSeconds = 2.0
        /// Probes at a time.
        package var probeLimit = 32
        package var seed: UInt64

        package init(cluster: String, nodeId: String, seed: UInt64) {
            self.cluster = cluster
            self.nodeId = nodeId
            self.seed = seed
        }
    }

    package enum Scope: Sendable, Hashable {
        /// The key of the prober alone.
        case proberKey
        case cluster
    }

    package enum Event: Sendable {
        case tick
        /// Whether this node is registered, and under which lease.
        case standing(Registration.Standing?)
        case answer(serial: UInt64, Answer)
        /// The watch of this scope told a change; nil for a deletion.
        case changed(Scope, key: String, HeldValue?, revision: Int64)
        /// The watch lost its place.
        case forgotten(Scope)
        /// The configuration was read again.
        case tuned(graceSeconds: Double, intervalSeconds: Double)
    }

    package enum Request: Sendable, Hashable {
        case read(Scope)
        case commit(Commit)
        /// Whether this node's process answers there.
        case probe(nodeId: String, address: String, instance: String)
    }

    package enum Answer: Sendable {
        case read([String: HeldValue], revision: Int64)
        case committed(revision: Int64)
        case conflict
        case probed(hasAnswered: Bool, evidence: String)
        case failed(StoreFailure)
    }

    package enum Action: Sendable {
        case send(serial: UInt64, Request)
        /// Watch this from the revision after this one; ends the watch before.
        case watch(Scope, after: Int64)
        /// Watch nothing.
        case rest
        case log(LogNote)
        case elected(Bool)
        case count(WritableCounter)
    }

    /// Counters that the prober moves.
    package enum WritableCounter: Sendable, Hashable {
        case probesSent, probesFailed, verdictsWritten, freezes
    }

    struct Change: Sendable {
        var value: HeldValue?
        var revision: Int64
    }

    struct Flight: Sendable {
        var serial: UInt64
        var request: Request
        var deadlineNanoseconds: UInt64
    }

    /// A node whose `live` key is not there.
    struct Absence: Sendable {
        var incarnation: Int
        /// Since when this prober sees it.
        var sinceNanoseconds: UInt64
        var lastProbe: Probe?
        var isProbing = false
        var probeSentNanoseconds: UInt64 = 0
    }

    struct Probe: Sendable {
        var hasAnswered: Bool
        var evidence: String
        /// When it was sent.
        var nanoseconds: UInt64
    }
}
