/// Failure detection as one rank sees it: what happened goes in, what to do comes out.
///
/// A pure state machine without clock, sockets or threads. `LivenessService` drives it with real
/// ones, the simulator with virtual ones. After every call the driver carries out `actions` in
/// their order and empties them: messages stand in front of the failures they announce.
///
/// All ranks are ranks of the world unless said otherwise. Times are nanoseconds of one clock that
/// never goes back; every call that may act gets the present as `now`.
package struct LivenessState: Sendable {
    /// What the driver has to do.
    package enum Action: Sendable, Hashable {
        /// Send on the liveness connection; what cannot be sent at once waits in the driver's queue.
        case send(LivenessMessage, to: Int)
        /// Fail the communicator on this rank; the cause speaks in the communicator's ranks.
        case fail(communicator: UInt64, AbortCause)
        /// Operations after this one can never end: a member left.
        case limit(communicator: UInt64, sequence: UInt64)
        /// The neighbour is gone for good: send what waits, then close.
        case closeLink(Int)
        /// For the log.
        case note(Note)
    }

    /// What operators may want to read, but no program acts upon.
    package enum Note: Sendable, Hashable {
        case silent(Int)
        case speaksAgain(Int)
        /// The liveness connection broke although the neighbour's process answers.
        case linkBroken(Int)
        case lost(Int, LivenessMessage.Loss.Reason)
        case left(Int)
    }

    /// What became of a rank.
    enum Fate: UInt8 { case present, left, lost }

    package let rank: Int
    package let worldSize: Int
    package let neighbourhood: Neighbourhood
    package let configuration: LivenessConfiguration
    /// In the order in which they must be carried out. The driver empties it.
    package var actions: [Action] = []

    var neighbours: [Neighbour]
    var fates: [Fate]
    var registrations: [Registration] = []
    /// Broken liveness connections whose other end's fate is open.
    var doubts: [Doubt] = []
    var inquests: [InquestRecord] = []
    /// Aborts of communicators, for those that register later and for links that come up later.
    var aborts = RecentAborts()
    var departures = RecentDepartures()
    var seenSuspicions: Set<LivenessMessage.Suspicion> = []
    /// The last answer of each rank that was relayed.
    var answerCounts: [UInt32]
    /// When unreachable ranks are judged together; nil while there is none.
    var lossWindowEndsAt: UInt64?
    var nextHeartbeatAt: UInt64 = .max
    let heartbeatInterval: UInt64
    let silenceLimit: UInt64
    /// Where the next heartbeat begins to tell progress, when it cannot tell all.
    var progressStart = 0
    var hasLeft = false

    package init(rank: Int, worldSize: Int, configuration: LivenessConfiguration) {
        precondition(worldSize > 0 && rank >= 0 && rank < worldSize, "no such rank")
        self.rank = rank
        self.worldSize = worldSize
        self.configuration = configuration
        neighbourhood = Neighbourhood(worldSize: worldSize)
        neighbours = neighbourhood.neighbours(of: rank).map { Neighbour(rank: $0) }
        fates = Array(repeating: .present, count: worldSize)
        answerCounts = Array(repeating: 0, count: worldSize)
        heartbeatInterval = configuration.heartbeatNanoseconds(neighbourCount: neighbours.count)
        silenceLimit = configuration.silenceNanoseconds
    }

    /// The ranks to hold a liveness connection to, ascending.
    package var neighbourRanks: [Int] { neighbours.map(\.rank) }

    /// When `tick` has something to do; `UInt64.max` for never.
    package var nextDeadline: UInt64 {
        var next = min(nextHeartbeatAt, lossWindowEndsAt ?? .max)
        next = min(next, departures.flushAt ?? .max)
        for doubt in doubts { next = min(next, doubt.closedHoldEndsAt ?? .max) }
        for registration in registrations {
            next = min(next, registration.suspicionEndsAt ?? .max)
            next = min(next, registration.abortAt ?? .max)
        }
        for inquest in inquests { next = min(next, inquest.nextDeadline) }
        return next
    }

    /// Does what is due.
    package mutating func tick(now: UInt64) {
        guard !hasLeft else { return }
        if now >= nextHeartbeatAt { beat(now) }
        if let flushAt = departures.flushAt, now >= flushAt { flushDepartures() }
        carryOutAborts(now)
        judgeDoubts(now)
        judgeDataLinks(now)
        judgeInquests(now)
    }
}

extension LivenessState {
    /// The other end of one liveness connection.
    struct Neighbour: Sendable {
        enum Link: UInt8 { case missing, up, down }
        let rank: Int
        var link = Link.missing
        var lastHeardAt: UInt64 = 0
        var isSilent = false
        /// What its last heartbeats told; one entry for each communicator.
        var progress: [LivenessMessage.Progress] = []
    }

    /// A communicator of which this rank is a member.
    struct Registration: Sendable {
        let communicator: UInt64
        /// The world rank of each rank.
        let members: [Int]
        /// The rank of each world rank, -1 for strangers.
        let ranks: [Int32]
        var operation = OperationState()
        var hasFailed = false
        /// The abort that will be carried out, unless a lower rank's is heard of before.
        var pendingAbort: LivenessMessage.Abort?
        var abortAt: UInt64?
        /// World ranks that left, and the lowest operation one of them completed last.
        var departed: [Int] = []
        var lastPossible = UInt64.max
        var lastPossibleRank = -1
        /// Data links reported broken, here and elsewhere.
        var suspicions: [DataLinkSuspicion] = []
        var suspicionEndsAt: UInt64?
        var isSuspicionBackup = false

        /// Whether nothing is decided about it yet.
        var isHealthy: Bool { !hasFailed && pendingAbort == nil }

        func contains(_ worldRank: Int) -> Bool { ranks[worldRank] >= 0 }

        func rank(of worldRank: Int) -> Int? {
            ranks[worldRank] >= 0 ? Int(ranks[worldRank]) : nil
        }

        var phase: AbortCause.Phase { operation.isInside ? .operation : .idle }
    }

    func neighbourIndex(_ rank: Int) -> Int? {
        neighbours.firstIndex { $0.rank == rank }
    }

    func registrationIndex(_ communicator: UInt64) -> Int? {
        registrations.firstIndex { $0.communicator == communicator }
    }

    /// Tells all neighbours, also the one it came from: it may be the only answer that one gets.
    mutating func flood(_ body: LivenessMessage.Body, hops: UInt8 = 0) {
        guard hops <= LivenessMessage.hopLimit else { return }
        let message = LivenessMessage(hops: hops, body)
        for neighbour in neighbours where neighbour.link == .up {
            actions.append(.send(message, to: neighbour.rank))
        }
    }

    /// Fails a communicator here, unless it failed before.
    mutating func failHere(_ index: Int, _ cause: AbortCause) {
        guard !registrations[index].hasFailed else { return }
        registrations[index].hasFailed = true
        registrations[index].abortAt = nil
        registrations[index].suspicions = []
        registrations[index].suspicionEndsAt = nil
        let communicator = registrations[index].communicator
        inquests.removeAll { $0.communicator == communicator }
        actions.append(.fail(communicator: communicator, cause))
    }
}
