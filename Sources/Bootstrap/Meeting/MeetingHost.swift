internal import Platform

/// Rank 0's side of the meeting: it registers the others, gives the roster to its children in the
/// tree, waits until every rank has it, and lets all go; or tells all why not.
///
///     rank r   registration ->  rank 0
///     rank 0   assignment   ->  rank r           (its parent; its children get the roster too)
///     parent   roster       ->  rank r
///     rank r   ready        ->  rank 0
///     rank 0   go           ->  rank r           or, at any time, a verdict
final class MeetingHost {
    /// After a verdict, ranks that are still on their way are waited for this long, to be told.
    static let lingerSeconds = 2.0
    /// After a death only so long: the survivors have to know within a second.
    static let lossLingerSeconds = 0.5
    private static let doorToken: UInt64 = 0

    /// A rank, or who claims to be one, at the table.
    private final class Seat {
        let token: UInt64
        let rank: Int
        let link: FrameLink
        let peer: SocketAddress
        var member: Member?
        var isReady = false

        init(token: UInt64, arrival: Arrival, socket: consuming FileDescriptor) {
            self.token = token
            rank = arrival.purpose.fromRank
            peer = arrival.peerAddress
            link = FrameLink(
                socket: consume socket, bodyLimit: max(Registration.bodyLimit, Verdict.bodyLimit))
        }
    }

    private let configuration: JoinConfiguration
    private let doorkeeper: Doorkeeper
    private let epoll: Epoll
    private var own: Member
    private var deadline: Deadline
    private var seats: [UInt64: Seat] = [:]
    private var nextToken: UInt64 = 1
    /// By rank; only the first that registers as a rank is here.
    private var registered: [Int: Seat] = [:]
    private var readyCount = 0
    private var roster: [Member]?
    private var early: [Arrival] = []
    private var verdict: BootstrapError?
    private var told: Set<Int> = []
    private var awaitsNewcomers = false
    private var lingerEnd = Deadline.never

    init(
        configuration: JoinConfiguration, doorkeeper: Doorkeeper, own: Member, deadline: Deadline
    ) throws(BootstrapError) {
        self.configuration = configuration
        self.doorkeeper = doorkeeper
        self.own = own
        self.deadline = deadline
        let epoll = try inPhase(.listening) { () throws(SystemError) in
            let epoll = try Epoll()
            try epoll.watch(
                doorkeeper.pollDescriptor, for: .readable, token: Self.doorToken)
            return epoll
        }
        self.epoll = epoll
    }

    /// Blocks until all have met, or throws what all who came have been told.
    func run() throws(BootstrapError) -> [Member] {
        while true {
            for arrival in doorkeeper.progress() { receive(arrival) }
            for event in try wait() {
                if let seat = seats[event.token] { advance(seat) }
            }
            if let roster, readyCount == configuration.rankCount - 1 {
                finish()
                return roster
            }
            if let verdict {
                if isEverybodyTold || lingerEnd.hasPassed { throw verdict }
            } else if deadline.hasPassed {
                conclude(lateness(), awaitsNewcomers: false)
            }
        }
    }

    private func wait() throws(BootstrapError) -> [Readiness] {
        let next = min(doorkeeper.nextDeadline, verdict == nil ? deadline : lingerEnd)
        return try inPhase(.registration) { () throws(SystemError) in
            try epoll.ready(limit: 256, timeoutMilliseconds: next.remainingMilliseconds)
        }
    }

    private func finish() {
        let go = Frame(kind: .go, body: [])
        for seat in registered.values { seat.link.send(go) }
        early.forEach(doorkeeper.putBack)
    }
}

// Registration.
extension MeetingHost {
    private func receive(_ arrival: Arrival) {
        guard arrival.purpose.kind == .meeting else { return early.append(arrival) }
        guard let socket = arrival.take() else { return }
        let seat = Seat(token: nextToken, arrival: arrival, socket: socket)
        nextToken += 1
        do {
            try epoll.watch(seat.link.rawValue, for: .changesOnly, token: seat.token)
        } catch {
            // It sees the end of its connection and reports it.
            return
        }
        seats[seat.token] = seat
        advance(seat)
    }

    private func advance(_ seat: Seat) {
        seat.link.flush()
        while true {
            switch seat.link.receive() {
            case .nothing: return
            case .ended(let reason): return leave(seat, reason)
            case .frame(let frame): receive(frame, from: seat)
            }
        }
    }

    private func receive(_ frame: Frame, from seat: Seat) {
        switch frame.kind {
        case .registration where seat.member == nil:
            guard let registration = Registration(body: frame.body, rank: seat.rank) else {
                return conclude(violation(seat))
            }
            register(seat, registration)
        case .ready where roster != nil && registered[seat.rank] === seat && !seat.isReady:
            seat.isReady = true
            readyCount += 1
        case .verdict:
            // A rank that gives up says why, so that all can be told.
            conclude(
                Verdict.error(body: frame.body, phase: .roster) ?? violation(seat))
        default: conclude(violation(seat))
        }
    }

    private func register(_ seat: Seat, _ registration: Registration) {
        seat.member = registration.member
        if let verdict {
            told.insert(seat.rank)
            return seat.link.send(Verdict.frame(of: verdict))
        }
        if let objection = objection(to: registration) { return conclude(objection) }
        registered[seat.rank] = seat
        Log.write(.debug, "rank \(seat.rank) registered: \(registration.member.place)")
        let patience = Deadline(secondsFromNow: Double(registration.patienceMilliseconds) / 1000)
        deadline = min(deadline, patience)
        improveOwnEndpoint(seat)
        if registered.count == configuration.rankCount - 1 { assign() }
    }

    private func objection(to registration: Registration) -> BootstrapError? {
        let member = registration.member
        let rank = member.rank
        if registration.rankCount != configuration.rankCount {
            return BootstrapError(
                .rankCountMismatch,
                "rank \(rank) (\(member.place)) was started for \(registration.rankCount) ranks, "
                    + "rank 0 (\(own.place)) for \(configuration.rankCount)", phase: .registration,
                culprit: rank, peer: member.endpoint,
                remedy: "give every rank the same WORLD_SIZE or MARTLET_RANK_COUNT")
        }
        if rank >= configuration.rankCount {
            return BootstrapError(
                .rankCountMismatch,
                "rank \(rank) (\(member.place)) is outside 0..<\(configuration.rankCount)",
                phase: .registration, culprit: rank, peer: member.endpoint)
        }
        if let first = rank == 0 ? own : registered[rank]?.member {
            return BootstrapError(
                .duplicateRank,
                "rank \(rank) was claimed twice: by \(first.place), and by \(member.place)",
                phase: .registration, culprit: rank, peer: member.endpoint,
                remedy: "give every process its own RANK or MARTLET_RANK")
        }
        if registration.libraryVersion != configuration.libraryVersion {
            return BootstrapError(
                .versionMismatch,
                "rank \(rank) (\(member.place)) runs Martlet "
                    + "\(registration.libraryVersion.printable), rank 0 \(configuration.libraryVersion)",
                phase: .registration, culprit: rank, peer: member.endpoint,
                remedy: "run the same version of Martlet on every rank")
        }
        return nil
    }

    /// A listener on every address does not know how it is reached until somebody reaches it; an
    /// address that another host used is better than loopback.
    private func improveOwnEndpoint(_ seat: Seat) {
        guard doorkeeper.address.isUnspecified, configuration.interface == nil,
            own.endpoint.isLoopback || own.endpoint.isUnspecified,
            let local = try? StreamSocket.localAddress(seat.link.rawValue).unmapped
        else { return }
        own.endpoint = local.with(port: own.endpoint.port)
    }
}

// Roster.
extension MeetingHost {
    private func assign() {
        let members = [own] + (1..<configuration.rankCount).compactMap { registered[$0]?.member }
        if let problem = unreachability(of: members) { return conclude(problem) }
        roster = members
        let frame = Roster.frame(of: members)
        let children = MeetingTree.children(of: 0, rankCount: members.count)
        for rank in 1..<members.count {
            guard let parent = MeetingTree.parent(of: rank), let link = registered[rank]?.link
            else { continue }
            link.send(Assignment(parent: parent, endpoint: members[parent].endpoint).frame)
            if children.contains(rank) { link.send(frame) }
        }
    }

    private func unreachability(of members: [Member]) -> BootstrapError? {
        guard let far = members.first(where: { $0.host.bootIdentifier != own.host.bootIdentifier }),
            let near = members.first(where: { $0.endpoint.isLoopback })
        else { return nil }
        return BootstrapError(
            .invalidConfiguration,
            "rank \(near.rank) is at \(near.place), a loopback address that rank \(far.rank) "
                + "(\(far.place)) cannot reach", phase: .roster, culprit: near.rank,
            peer: near.endpoint,
            remedy: "set MARTLET_INTERFACE to the network that the hosts share")
    }
}

// Failure.
extension MeetingHost {
    private var isEverybodyTold: Bool {
        seats.isEmpty && (!awaitsNewcomers || told.count >= configuration.rankCount - 1)
    }

    /// Tells everybody, once; the first reason stands.
    private func conclude(_ error: BootstrapError, awaitsNewcomers: Bool = true) {
        let seconds = error.code == .rankLost ? Self.lossLingerSeconds : Self.lingerSeconds
        guard verdict == nil else { return }
        verdict = error
        self.awaitsNewcomers = awaitsNewcomers
        lingerEnd = Deadline(secondsFromNow: awaitsNewcomers ? seconds : 0.5)
        let frame = Verdict.frame(of: error)
        for seat in seats.values where seat.member != nil {
            told.insert(seat.rank)
            seat.link.send(frame)
        }
    }

    private func leave(_ seat: Seat, _ reason: String) {
        epoll.remove(seat.link.rawValue)
        seats[seat.token] = nil
        // Who leaves before it registers has not come: it will try again.
        guard let member = seat.member, registered[seat.rank] === seat else { return }
        conclude(
            BootstrapError(
                .rankLost,
                "rank \(seat.rank) (\(member.place)) was lost during the meeting: \(reason)",
                phase: roster == nil ? .registration : .roster, culprit: seat.rank,
                peer: member.endpoint))
    }

    private func violation(_ seat: Seat) -> BootstrapError {
        BootstrapError(
            .protocolViolation,
            "rank \(seat.rank) at \(seat.peer) sent what no rank sends in a meeting",
            phase: .registration, culprit: seat.rank, peer: seat.peer)
    }

    private func lateness() -> BootstrapError {
        let count = configuration.rankCount
        let seconds = configuration.timeoutSeconds.plain
        let missing = (1..<count).filter { registered[$0] == nil }
        guard missing.isEmpty else {
            let arrived = [0] + registered.keys.sorted()
            return BootstrapError(
                .missingRank,
                "\(RankList.named(missing)) of \(count) never arrived within \(seconds) s; "
                    + "arrived: \(RankList.text(arrived))", phase: .registration,
                culprit: missing.count == 1 ? missing[0] : nil,
                remedy: "look at the output of \(RankList.named(missing))")
        }
        // A rank whose parent is not ready either has only waited for it.
        let silent = (1..<count).filter { rank in
            let parent = MeetingTree.parent(of: rank) ?? 0
            return registered[rank]?.isReady == false
                && (parent == 0 || registered[parent]?.isReady == true)
        }
        return BootstrapError(
            .timedOut,
            "\(RankList.named(silent)) of \(count) arrived but did not answer any more "
                + "within \(seconds) s", phase: .roster,
            culprit: silent.count == 1 ? silent[0] : nil)
    }
}
