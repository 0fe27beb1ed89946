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

    let configuration: JoinConfiguration
    let doorkeeper: Doorkeeper
    let epoll: Epoll
    var own: Member
    var deadline: Deadline
    var seats: [UInt64: Seat] = [:]
    var nextToken: UInt64 = 1
    /// By rank; only the first that registers as a rank is here.
    var registered: [Int: Seat] = [:]
    var readyCount = 0
    var roster: [Member]?
    var early: [Arrival] = []
    var verdict: BootstrapError?
    var told: Set<Int> = []
    var awaitsNewcomers = false
    var lingerEnd = Deadline.never

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

    /// A rank, or who claims to be one, at the table.
    final class Seat {
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
}
