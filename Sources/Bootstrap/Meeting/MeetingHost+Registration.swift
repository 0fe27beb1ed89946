internal import Platform

/// Who comes, and whether it may stay.
extension MeetingHost {
    func receive(_ arrival: Arrival) {
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

    func advance(_ seat: Seat) {
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
