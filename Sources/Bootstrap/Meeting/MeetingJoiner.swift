internal import Platform

/// The side of every rank but rank 0: it registers, fetches the roster from its parent in the tree,
/// hands it to its children, and leaves when rank 0 says so. `MeetingHost` shows the messages.
final class MeetingJoiner {
    /// Rank 0 gives up when the first rank's time is over; this is for its word to arrive.
    static let graceSeconds = 0.5
    private static let hostToken: UInt64 = 0
    private static let doorToken: UInt64 = 1
    private static let connectorToken: UInt64 = 2
    private static let parentToken: UInt64 = 3
    private static let firstChildToken: UInt64 = 16

    private let configuration: JoinConfiguration
    private let doorkeeper: Doorkeeper
    private let own: Member
    private let host: FrameLink
    private let connector: Connector
    private let epoll: Epoll
    private let deadline: Deadline
    private var assignment: Assignment?
    private var parent: FrameLink?
    private var children: [Int: FrameLink] = [:]
    private var roster: [Member]?
    private var rosterFrame: Frame?
    private var early: [Arrival] = []
    private var mayGo = false

    /// `host` is the connection to rank 0; `deadline` that of the whole join.
    init(
        configuration: JoinConfiguration, doorkeeper: Doorkeeper, own: Member,
        host socket: consuming FileDescriptor, deadline: Deadline
    ) throws(BootstrapError) {
        self.configuration = configuration
        self.doorkeeper = doorkeeper
        self.own = own
        self.deadline = deadline
        let limit = max(Roster.bodyLimit(rankCount: configuration.rankCount), Verdict.bodyLimit)
        let host = FrameLink(socket: consume socket, bodyLimit: limit)
        let connector = try Connector(credentials: configuration.credentials)
        let epoll = try inPhase(.registration) { () throws(SystemError) in
            let epoll = try Epoll()
            try epoll.watch(host.rawValue, for: .changesOnly, token: Self.hostToken)
            try epoll.watch(doorkeeper.pollDescriptor, for: .readable, token: Self.doorToken)
            try epoll.watch(connector.pollDescriptor, for: .readable, token: Self.connectorToken)
            return epoll
        }
        self.host = host
        self.connector = connector
        self.epoll = epoll
    }

    /// Blocks until rank 0 lets all go; throws what rank 0 says, or what is wrong with rank 0.
    func run() throws(BootstrapError) -> [Member] {
        register()
        let end = Deadline(nanoseconds: deadline.nanoseconds + UInt64(Self.graceSeconds * 1e9))
        while true {
            try receiveFromHost()
            if mayGo, let roster {
                early.forEach(doorkeeper.putBack)
                return roster
            }
            for arrival in doorkeeper.progress() { receive(arrival) }
            for (_, outcome) in connector.progress() { try receive(outcome) }
            try receiveFromParent()
            for child in children.values { child.flush() }
            if end.hasPassed { throw giveUp() }
            try wait(until: end)
        }
    }

    private func wait(until end: Deadline) throws(BootstrapError) {
        let next = min(end, doorkeeper.nextDeadline, connector.nextDeadline)
        try inPhase(.roster) { () throws(SystemError) in
            _ = try epoll.ready(timeoutMilliseconds: next.remainingMilliseconds)
        }
    }

    private func register() {
        let patience = UInt32(clamping: deadline.remainingNanoseconds / 1_000_000)
        let registration = Registration(
            rankCount: configuration.rankCount, patienceMilliseconds: patience,
            libraryVersion: configuration.libraryVersion, member: own)
        host.send(registration.frame)
    }
}

// Rank 0.
extension MeetingJoiner {
    private func receiveFromHost() throws(BootstrapError) {
        host.flush()
        while !mayGo {
            switch host.receive() {
            case .nothing: return
            case .ended(let reason): throw lostHost(reason)
            case .frame(let frame): try receiveFromHost(frame)
            }
        }
    }

    private func receiveFromHost(_ frame: Frame) throws(BootstrapError) {
        switch frame.kind {
        case .assignment where assignment == nil:
            guard let assignment = Assignment(body: frame.body),
                assignment.parent == MeetingTree.parent(of: configuration.rank)
            else { throw violation(of: 0) }
            self.assignment = assignment
            if assignment.parent > 0 { try callParent(assignment) }
        case .roster where assignment?.parent == 0 && roster == nil:
            try accept(roster: frame, from: 0)
        case .go where roster != nil: mayGo = true
        case .verdict:
            throw Verdict.error(body: frame.body, phase: roster == nil ? .registration : .roster)
                ?? violation(of: 0)
        default: throw violation(of: 0)
        }
    }

    private func lostHost(_ reason: String) -> BootstrapError {
        BootstrapError(
            .rankLost,
            "rank 0, which hosts the meeting, was lost by rank \(configuration.rank): \(reason)",
            phase: .registration, culprit: 0, peer: try? StreamSocket.peerAddress(host.rawValue))
    }

    private func violation(of rank: Int) -> BootstrapError {
        fail(
            BootstrapError(
                .protocolViolation,
                "rank \(rank) sent rank \(configuration.rank) what no rank sends",
                phase: .roster, culprit: rank))
    }

    private func giveUp() -> BootstrapError {
        let seconds = configuration.timeoutSeconds.plain
        guard roster == nil, let assignment, assignment.parent > 0 else {
            return BootstrapError(
                .timedOut, "rank 0 did not end the meeting within \(seconds) s",
                phase: .registration, culprit: 0)
        }
        return fail(
            BootstrapError(
                .timedOut,
                "rank \(configuration.rank) got no roster from rank \(assignment.parent) at "
                    + "\(assignment.endpoint) within \(seconds) s", phase: .roster,
                culprit: assignment.parent, peer: assignment.endpoint))
    }

    /// Tells rank 0, which tells all.
    private func fail(_ error: BootstrapError) -> BootstrapError {
        host.send(Verdict.frame(of: error))
        return error
    }
}

// The tree.
extension MeetingJoiner {
    private func callParent(_ assignment: Assignment) throws(BootstrapError) {
        let purpose = Purpose(
            .tree, epoch: configuration.epoch, fromRank: configuration.rank,
            toRank: assignment.parent)
        do {
            _ = try connector.begin(
                .init(address: assignment.endpoint, purpose: purpose), deadline: deadline)
        } catch { throw fail(error) }
    }

    private func receive(_ outcome: Connector.Outcome) throws(BootstrapError) {
        switch outcome {
        case .failed(let error): throw fail(error)
        case .connected(let arrival):
            guard let socket = arrival.take() else { return }
            let limit = Roster.bodyLimit(rankCount: configuration.rankCount)
            let link = FrameLink(socket: socket, bodyLimit: limit)
            try watch(link, token: Self.parentToken)
            parent = link
        }
    }

    private func receiveFromParent() throws(BootstrapError) {
        guard let link = parent, let assignment, roster == nil else { return }
        switch link.receive() {
        case .nothing: return
        case .frame(let frame) where frame.kind == .roster:
            try accept(roster: frame, from: assignment.parent)
        case .frame: throw violation(of: assignment.parent)
        case .ended:
            // If the parent is dead, rank 0 sees it and says so; if only the connection broke, the
            // next one may not.
            parent = nil
            try callParent(assignment)
        }
    }

    private func accept(roster frame: Frame, from rank: Int) throws(BootstrapError) {
        guard
            let members = Roster.members(
                body: frame.body, rankCount: configuration.rankCount),
            members[configuration.rank] == own
        else { throw violation(of: rank) }
        roster = members
        rosterFrame = frame
        for child in children.values { child.send(frame) }
        host.send(Frame(kind: .ready, body: []))
    }

    private func receive(_ arrival: Arrival) {
        let ours = MeetingTree.children(
            of: configuration.rank, rankCount: configuration.rankCount)
        guard arrival.purpose.kind == .tree else { return early.append(arrival) }
        guard ours.contains(arrival.purpose.fromRank), let socket = arrival.take() else { return }
        let child = FrameLink(socket: socket, bodyLimit: 0)
        guard (try? watch(child, token: Self.firstChildToken)) != nil else { return }
        // One that comes again has lost its first connection.
        children[arrival.purpose.fromRank] = child
        if let rosterFrame { child.send(rosterFrame) }
    }

    private func watch(_ link: FrameLink, token: UInt64) throws(BootstrapError) {
        try inPhase(.roster) { () throws(SystemError) in
            try epoll.watch(link.rawValue, for: .changesOnly, token: token)
        }
    }
}
