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
            apply(departure, to: index, now)
        }
        for member in members where fates[member] == .left {
            registrations[index].departed.append(member)
        }
    }

    /// Ends the watch; on a healthy communicator the others learn that this rank left it.
    package mutating func unregister(communicator: UInt64, now: UInt64) {
        guard let index = registrationIndex(communicator) else { return }
        if registrations[index].isHealthy {
            let departure = LivenessMessage.Departure(
                communicator: communicator, rank: rank,
                completed: registrations[index].operation.completed)
            departures.note(departure)
            flood(.departures([departure]))
        }
        registrations.remove(at: index)
    }

    /// The same for the registration at an index: they stand in the order of their registration.
    package mutating func update(at index: Int, _ operation: OperationState, now: UInt64) {
        guard !registrations[index].hasFailed else { return }
        registrations[index].operation = operation
        checkPossible(index, now)
    }

    /// Tells how far this rank came; the driver calls it before it lets time pass.
    package mutating func update(
        communicator: UInt64, _ operation: OperationState, now: UInt64
    ) {
        guard let index = registrationIndex(communicator) else { return }
        update(at: index, operation, now: now)
    }

    /// Somebody on this rank wants the communicator to fail; the cause speaks in its ranks.
    package mutating func abort(communicator: UInt64, _ cause: AbortCause, now: UInt64) {
        guard let index = registrationIndex(communicator), registrations[index].isHealthy
        else { return }
        let members = registrations[index].members
        var culprit = cause.culprit.map { members[$0] }
        // Whoever meets the limit that a departure set need not know who left.
        if culprit == nil, cause.code == .peerLeft {
            culprit = registrations[index].lastPossibleRank
        }
        spread(
            LivenessMessage.Abort(
                communicator: communicator, code: cause.code, phase: cause.phase,
                culprit: culprit, origin: rank, errorNumber: cause.errorNumber,
                text: AbortCause.shortened(cause.message)), now)
    }

    /// Fails every communicator of every rank.
    package mutating func abortAll(
        _ code: AbortCause.Code, text: String, errorNumber: Int32, now: UInt64
    ) {
        spread(
            LivenessMessage.Abort(
                communicator: 0, code: code, phase: .idle, culprit: rank, origin: rank,
                errorNumber: errorNumber, text: AbortCause.shortened(text)), now)
    }

    /// Tells of an abort, unless this one or one that counts before it is known, and carries it
    /// out here soon.
    mutating func spread(_ abort: LivenessMessage.Abort, hops: UInt8 = 0, _ now: UInt64) {
        // Once carried out here, no other matters.
        if let index = registrationIndex(abort.communicator), registrations[index].hasFailed {
            return
        }
        guard aborts.note(abort) else { return }
        flood(.abort(abort), hops: hops)
        for index in registrations.indices where !registrations[index].hasFailed {
            let communicator = registrations[index].communicator
            guard abort.communicator == 0 || abort.communicator == communicator else { continue }
            registrations[index].pendingAbort = aborts.first(for: communicator)
            if registrations[index].abortAt == nil {
                registrations[index].abortAt = now + LivenessConfiguration.Times.abortHold
            }
        }
    }

    mutating func carryOutAborts(_ now: UInt64) {
        for index in registrations.indices {
            guard let end = registrations[index].abortAt, now >= end,
                let abort = registrations[index].pendingAbort
            else { continue }
            failHere(index, cause(of: abort, for: index))
        }
    }

    private func cause(of abort: LivenessMessage.Abort, for index: Int) -> AbortCause {
        AbortCause(
            code: abort.code,
            culprit: abort.culprit.flatMap { registrations[index].rank(of: $0) },
            message: abort.text, origin: registrations[index].rank(of: abort.origin),
            phase: abort.phase, errorNumber: abort.errorNumber)
    }
}

/// The aborts heard of last: nothing is told twice, and what registers later still learns.
struct RecentAborts: Sendable {
    private(set) var all: [LivenessMessage.Abort] = []

    /// Older ones are forgotten; should they still circulate then, the hop limit ends them.
    static let limit = 256

    /// The one that counts for a communicator: one that means it before one that means all.
    func first(for communicator: UInt64) -> LivenessMessage.Abort? {
        all.first { $0.communicator == communicator } ?? all.first { $0.communicator == 0 }
    }

    /// Of several aborts of one communicator, the lowest origin's counts; false where this one
    /// changes nothing.
    mutating func note(_ abort: LivenessMessage.Abort) -> Bool {
        if let known = all.firstIndex(where: { $0.communicator == abort.communicator }) {
            guard abort.origin < all[known].origin else { return false }
            all[known] = abort
            return true
        }
        if all.count == Self.limit { all.removeFirst() }
        all.append(abort)
        return true
    }
}
