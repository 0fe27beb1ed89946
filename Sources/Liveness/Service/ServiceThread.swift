internal import Bootstrap
internal import CLinux
internal import Platform

/// What the service thread owns and does: the state machine's hands.
///
/// Nothing here blocks but the wait for events. Built by the thread that starts the service, and
/// from then on used by the service thread alone.
@safe final class ServiceThread: @unchecked Sendable {
    // The sentence above is what makes handing it over sound.

    let membership: Membership
    let inbox: Inbox
    let shared: Monitor<SharedState>
    let epoll: Epoll
    var state: LivenessState
    /// In the order of the state's neighbours.
    let links: [NeighbourLink]
    /// In the order of the state's registrations.
    var statuses: [(communicator: UInt64, status: CommunicatorStatus)] = []
    let scratch: UnsafeMutableRawBufferPointer
    private var strangersEndAt: UInt64 = .max
    private var leaveDeadline: Deadline?

    enum Token {
        static let inbox: UInt64 = 0
        static let doorkeeper: UInt64 = 1
        /// Two for each neighbour: its connection, its process.
        static let firstLink: UInt64 = 2
    }

    init(
        membership: Membership, configuration: LivenessConfiguration, inbox: Inbox,
        shared: Monitor<SharedState>
    ) throws(SystemError) {
        self.membership = membership
        self.inbox = inbox
        self.shared = shared
        let worldSize = membership.rankCount
        state = LivenessState(
            rank: membership.rank, worldSize: worldSize, configuration: configuration)
        links = state.neighbourRanks.map { NeighbourLink(rank: $0, worldSize: worldSize) }
        unsafe scratch = .allocate(byteCount: 16 << 10, alignment: 16)
        epoll = try Epoll()
        try epoll.watch(try inbox.open(), for: .readable, token: Token.inbox)
        try epoll.watch(
            membership.doorkeeper.pollDescriptor, for: .readable, token: Token.doorkeeper)
    }

    deinit {
        unsafe scratch.deallocate()
    }

    /// The life of the service thread.
    func run() {
        clinux_request_short_slice()
        state.start(now: Clock.nowNanoseconds())
        watchProcesses()
        do throws(SystemError) {
            while leaveDeadline == nil { try turn() }
            try sayGoodbye()
            end("this process has left the job")
        } catch {
            Log.write(.error, "liveness of rank \(membership.rank) fails: \(error)")
            state.abortAll(
                .system, text: "liveness of rank \(membership.rank) fails: \(error)",
                errorNumber: error.code, now: Clock.nowNanoseconds())
            carryOut()
            end(error.description)
        }
    }

    /// Waits for something to happen and does what follows from it.
    private func turn() throws(SystemError) {
        let ready = try epoll.ready(timeoutMilliseconds: waitMilliseconds)
        tellProgress()
        for event in ready where event.token >= Token.firstLink { handle(event) }
        // Behind the links: what they told comes before what callers make of broken data links.
        for request in inbox.takeAll() { handle(request) }
        if membership.doorkeeper.nextDeadline.hasPassed
            || ready.contains(where: { $0.token == Token.doorkeeper })
        {
            for arrival in membership.doorkeeper.progress() { admit(arrival) }
        }
        let now = Clock.nowNanoseconds()
        if now >= strangersEndAt {
            strangersEndAt = shared.update { $0.dropStrangers(now: now) }
        }
        state.tick(now: now)
        carryOut()
    }

    private var waitMilliseconds: Int32 {
        let next = min(
            state.nextDeadline, membership.doorkeeper.nextDeadline.nanoseconds, strangersEndAt)
        return next == .max ? -1 : Deadline(nanoseconds: next).remainingMilliseconds
    }

    /// Looks at how far the callers' threads have come.
    private func tellProgress() {
        let now = Clock.nowNanoseconds()
        for (index, entry) in statuses.enumerated() {
            state.update(at: index, entry.status.operation, now: now)
        }
    }

    private func handle(_ request: Request) {
        let now = Clock.nowNanoseconds()
        switch request {
        case .register(let communicator, let members, let status):
            statuses.append((communicator, status))
            state.register(communicator: communicator, members: members, now: now)
        case .unregister(let communicator):
            tellProgress()
            state.unregister(communicator: communicator, now: now)
            statuses.removeAll { $0.communicator == communicator }
        case .abort(let communicator, let cause):
            state.abort(communicator: communicator, cause, now: now)
        case .suspect(let communicator, let rank, let errorNumber):
            state.suspect(
                communicator: communicator, rank: rank, errorNumber: errorNumber, now: now)
        case .inquest(let communicator, let sequence, let heard):
            tellProgress()
            state.inquest(communicator: communicator, sequence: sequence, heard: heard, now: now)
        case .linkUp(let rank, let arrival): linkUp(rank, arrival)
        case .refused(let rank): state.refused(rank, now: now)
        case .leave(let deadline): leaveDeadline = deadline
        }
        carryOut()
    }

    /// Sorts who came in.
    private func admit(_ arrival: Arrival) {
        switch arrival.purpose.kind {
        case .liveness: linkUp(arrival.purpose.fromRank, arrival)
        case .data:
            let now = Clock.nowNanoseconds()
            strangersEndAt = shared.update { shared in
                shared.keep(arrival, now: now)
                return shared.dropStrangers(now: now)
            }
        case .meeting, .tree:
            Log.write(.debug, "rank \(arrival.purpose.fromRank) came to a meeting that is over")
        }
    }
}

// MARK: - The end

extension ServiceThread {
    /// Tells the neighbours, and waits a little for them to close: closing on what they still say
    /// would reset the connection under the goodbye.
    private func sayGoodbye() throws(SystemError) {
        tellProgress()
        state.leave(now: Clock.nowNanoseconds())
        carryOut()
        let limit = Deadline(secondsFromNow: 0.2)
        let deadline = min(leaveDeadline ?? limit, limit)
        for link in links where !link.hasUnsent { link.finishSending() }
        while links.contains(where: \.isOpen), !deadline.hasPassed {
            let ready = try epoll.ready(timeoutMilliseconds: deadline.remainingMilliseconds)
            for event in ready where event.token >= Token.firstLink { discard(event) }
        }
        for link in links { close(link) }
    }

    private func discard(_ event: Readiness) {
        let (index, isProcess) = (event.token - Token.firstLink).quotientAndRemainder(dividingBy: 2)
        let link = links[Int(index)]
        if isProcess != 0 { return forgetProcess(link) }
        if link.hasUnsent {
            link.flush()
            if !link.hasUnsent {
                link.finishSending()
                watchWrites(of: link)
            }
        }
        if case .ended = unsafe link.read(into: scratch, { _ in }) { close(link) }
    }

    private func end(_ reason: String) {
        for link in links { close(link) }
        for link in links { forgetProcess(link) }
        // Before anybody knows of the end: who joins again finds the port free.
        membership.doorkeeper.close()
        inbox.close()
        let left = shared.update { shared in
            shared.ending = reason
            shared.waiting = []
            return shared.registrations.values.map(\.status)
        }
        for status in left { status.fail(.left) }
    }
}
