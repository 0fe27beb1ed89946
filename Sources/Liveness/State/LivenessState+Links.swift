extension LivenessState {
    /// The rank begins to speak; connections may come up before or after.
    package mutating func start(now: UInt64) {
        // Ranks that start together do not all speak at the same moments.
        nextHeartbeatAt = now + heartbeatInterval * UInt64(rank % 16 + 1) / 16
    }

    /// The liveness connection to a neighbour stands.
    package mutating func linkUp(_ rank: Int, now: UInt64) {
        guard let index = neighbourIndex(rank), fates[rank] == .present else { return }
        neighbours[index].link = .up
        neighbours[index].lastHeardAt = now
        neighbours[index].isSilent = false
        // A connection proves more than a broken one does.
        doubts.removeAll { $0.suspect == rank }
        tellAll(to: rank)
    }

    /// What a rank missed while its connection did not stand yet.
    private mutating func tellAll(to rank: Int) {
        for (other, fate) in fates.enumerated() where fate == .lost {
            let loss = LivenessMessage.Loss(rank: other, reason: .ended, origin: self.rank)
            actions.append(.send(LivenessMessage(.loss(loss)), to: rank))
        }
        for abort in aborts.all { actions.append(.send(LivenessMessage(.abort(abort)), to: rank)) }
        for group in LivenessMessage.Departure.grouped(departures.all) {
            actions.append(.send(LivenessMessage(.departures(group)), to: rank))
        }
    }

    /// A message from a neighbour arrived.
    package mutating func received(_ message: LivenessMessage, from rank: Int, now: UInt64) {
        guard !hasLeft, let index = neighbourIndex(rank) else { return }
        // What a rank sent before it was lost may still arrive, and counts as any flood does.
        hear(index, now)
        let hops = message.hops == .max ? .max : message.hops + 1
        switch message.body {
        case .heartbeat(let list): note(list, of: index)
        case .abort(let abort): spread(abort, hops: hops, now)
        case .suspicion(let suspicion): heardSuspicion(suspicion, hops: hops, now)
        case .answer(let answer): heardAnswer(answer, hops: hops)
        case .loss(let loss): heardLoss(loss, hops: hops)
        case .departures(let list): heardDepartures(list, from: rank, hops: hops, now)
        case .inquest(let inquest): heardInquest(inquest, from: index, hops: hops, now)
        case .testimony(let testimony): heardTestimony(testimony, hops: hops)
        }
    }

    private mutating func hear(_ index: Int, _ now: UInt64) {
        neighbours[index].lastHeardAt = now
        guard neighbours[index].isSilent else { return }
        neighbours[index].isSilent = false
        actions.append(.note(.speaksAgain(neighbours[index].rank)))
    }

    private mutating func note(_ list: [LivenessMessage.Progress], of index: Int) {
        for progress in list {
            let known = neighbours[index].progress.firstIndex {
                $0.communicator == progress.communicator
            }
            if let known {
                neighbours[index].progress[known].state = progress.state
            } else if neighbours[index].progress.count < Self.progressLimit {
                neighbours[index].progress.append(progress)
            } else {
                // The oldest goes: communicators come and go, and the newest matter.
                neighbours[index].progress.removeFirst()
                neighbours[index].progress.append(progress)
            }
        }
    }

    /// How many communicators' progress is remembered of each neighbour.
    static var progressLimit: Int { 64 }

    /// What a neighbour's last heartbeats told of a communicator.
    func lastProgress(of index: Int, in communicator: UInt64) -> OperationState {
        neighbours[index].progress.first { $0.communicator == communicator }?.state
            ?? OperationState()
    }

    /// Speaks to every neighbour, and notes who does not.
    mutating func beat(_ now: UInt64) {
        nextHeartbeatAt = now + heartbeatInterval
        let message = LivenessMessage(.heartbeat(progressToTell()))
        for index in neighbours.indices where neighbours[index].link == .up {
            if !neighbours[index].isSilent, now - neighbours[index].lastHeardAt > silenceLimit {
                neighbours[index].isSilent = true
                actions.append(.note(.silent(neighbours[index].rank)))
            }
            // A stopped process reads nothing. Its kernel would run out of buffer, and then the
            // connection would time out as if the host were gone; keepalive watches the host.
            guard !neighbours[index].isSilent else { continue }
            actions.append(.send(message, to: neighbours[index].rank))
        }
    }

    /// The healthy communicators' progress, in turns where there are more than fit.
    private mutating func progressToTell() -> [LivenessMessage.Progress] {
        var list: [LivenessMessage.Progress] = []
        guard !registrations.isEmpty else { return list }
        list.reserveCapacity(min(registrations.count, LivenessMessage.Progress.limit))
        for step in registrations.indices {
            let index = (progressStart + step) % registrations.count
            guard !registrations[index].hasFailed else { continue }
            if list.count == LivenessMessage.Progress.limit {
                progressStart = index
                break
            }
            list.append(
                .init(
                    communicator: registrations[index].communicator,
                    state: registrations[index].operation))
        }
        return list
    }
}
