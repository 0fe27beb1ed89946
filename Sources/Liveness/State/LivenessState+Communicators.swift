extension LivenessState {
    /// Begins to watch over a communicator; `members[r]` is the world rank of its rank `r`. Tells
    /// at once what happened before: a lost member, an abort, a departure.
    package mutating func register(communicator: UInt64, members: [Int], now: UInt64) {
        precondition(communicator != 0, "0 means all communicators")
        precondition(registrationIndex(communicator) == nil, "registered twice")
        var ranks = [Int32](repeating: -1, count: worldSize)
        for (rank, world) in members.enumerated() { ranks[world] = Int32(rank) }
        registrations.append(
            Registration(communicator: communicator, members: members, ranks: ranks))
        let index = registrations.count - 1
        if let abort = aborts.first(for: communicator) {
            return failHere(index, cause(of: abort, for: index))
        }
        let lost = members.filter { fates[$0] == .lost }
        if !lost.isEmpty {
            return failHere(index, lossCause(index, lost, .ended, origin: rank))
        }
        for departure in departures.all where departure.communicator == communicator {
            apply(departure, to: index)
        }
        for member in members where fates[member] == .left {
            registrations[index].departed.append(member)
        }
    }

    /// Ends the watch; on a healthy communicator the others learn that this rank left it.
    package mutating func unregister(communicator: UInt64, now: UInt64) {
        guard let index = registrationIndex(communicator) else { return }
        if !registrations[index].hasFailed {
            let departure = LivenessMessage.Departure(
                communicator: communicator, rank: rank,
                completed: registrations[index].operation.completed)
            departures.note(departure)
            flood(.departures([departure]))
        }
        registrations.remove(at: index)
    }

    /// Tells how far this rank came; the driver calls it before it lets time pass.
    package mutating func update(communicator: UInt64, _ operation: OperationState) {
        guard let index = registrationIndex(communicator), !registrations[index].hasFailed
        else { return }
        registrations[index].operation = operation
        checkPossible(index)
    }

    /// Somebody on this rank wants the communicator to fail; the cause speaks in its ranks.
    package mutating func abort(communicator: UInt64, _ cause: AbortCause) {
        guard let index = registrationIndex(communicator), !registrations[index].hasFailed
        else { return }
        let members = registrations[index].members
        spread(
            LivenessMessage.Abort(
                communicator: communicator, code: cause.code, phase: cause.phase,
                culprit: cause.culprit.map { members[$0] }, origin: rank,
                text: AbortCause.shortened(cause.message)))
    }

    /// Fails every communicator of every rank.
    package mutating func abortAll(_ code: AbortCause.Code, text: String) {
        spread(
            LivenessMessage.Abort(
                communicator: 0, code: code, phase: .idle, culprit: rank, origin: rank,
                text: AbortCause.shortened(text)))
    }

    mutating func heardAbort(_ abort: LivenessMessage.Abort, hops: UInt8) {
        spread(abort, hops: hops)
    }

    /// Tells of an abort and carries it out here, unless it is known.
    mutating func spread(_ abort: LivenessMessage.Abort, hops: UInt8 = 0) {
        guard aborts.note(abort) else { return }
        flood(.abort(abort), hops: hops)
        if abort.communicator == 0 {
            for index in registrations.indices { failHere(index, cause(of: abort, for: index)) }
        } else if let index = registrationIndex(abort.communicator) {
            failHere(index, cause(of: abort, for: index))
        }
    }

    private func cause(of abort: LivenessMessage.Abort, for index: Int) -> AbortCause {
        AbortCause(
            code: abort.code,
            culprit: abort.culprit.flatMap { registrations[index].rank(of: $0) },
            message: abort.text, origin: registrations[index].rank(of: abort.origin),
            phase: abort.phase)
    }
}

/// The aborts heard of last: nothing is told twice, and what registers later still learns.
struct RecentAborts: Sendable {
    private(set) var all: [LivenessMessage.Abort] = []

    /// Older ones are forgotten; should they still circulate then, the hop limit ends them.
    static let limit = 256

    func first(for communicator: UInt64) -> LivenessMessage.Abort? {
        all.first { $0.communicator == communicator || $0.communicator == 0 }
    }

    /// False where the communicator's abort is known.
    mutating func note(_ abort: LivenessMessage.Abort) -> Bool {
        guard !all.contains(where: { $0.communicator == abort.communicator }) else { return false }
        if all.count == Self.limit { all.removeFirst() }
        all.append(abort)
        return true
    }
}
