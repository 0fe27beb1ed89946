internal import CLinux

extension LivenessState {
    /// Broken liveness connections to one rank whose fate is open.
    struct Doubt: Sendable {
        let suspect: Int
        /// Who lost its connection because the other end closed it, without a goodbye.
        var closedAccusers: [Int] = []
        var closedHoldEndsAt: UInt64?
        /// Whether somebody's kernel got no acknowledgement from it any more.
        var isUnreachable = false
    }

    /// The liveness connection to a neighbour broke: 0 at the end of the stream, else an errno.
    package mutating func linkDown(_ rank: Int, errorNumber: Int32, now: UInt64) {
        guard !hasLeft, let index = neighbourIndex(rank), neighbours[index].link == .up
        else { return }
        closeLink(rank)
        guard fates[rank] == .present else { return }
        let suspicion = LivenessMessage.Suspicion(
            communicator: 0, accuser: self.rank, suspect: rank, errorNumber: errorNumber)
        heardSuspicion(suspicion, hops: 0, now)
    }

    /// Nobody listens any more where a neighbour did: the connection to it cannot be made.
    package mutating func refused(_ rank: Int, now: UInt64) {
        guard !hasLeft, let index = neighbourIndex(rank), neighbours[index].link == .missing
        else { return }
        let suspicion = LivenessMessage.Suspicion(
            communicator: 0, accuser: self.rank, suspect: rank, errorNumber: ECONNREFUSED)
        heardSuspicion(suspicion, hops: 0, now)
    }

    /// The process of a rank on this host ended; the driver first hands over what its connection
    /// still held.
    package mutating func processEnded(_ rank: Int, now: UInt64) {
        guard !hasLeft else { return }
        lose([rank], .ended, origin: self.rank, hops: 0)
    }

    /// A connection broke somewhere, or here.
    mutating func heardSuspicion(
        _ suspicion: LivenessMessage.Suspicion, hops: UInt8, _ now: UInt64
    ) {
        guard suspicion.accuser != suspicion.suspect, fates[suspicion.suspect] == .present
        else { return }
        if seenSuspicions.count == Self.suspicionLimit { seenSuspicions.removeAll() }
        guard seenSuspicions.insert(suspicion).inserted else { return }
        flood(.suspicion(suspicion), hops: hops)
        if suspicion.suspect == rank { return answer() }
        if suspicion.communicator == 0 {
            doubt(suspicion, now)
        } else if let index = registrationIndex(suspicion.communicator) {
            suspectDataLink(index, suspicion, now)
        }
    }

    /// What is remembered so that nothing is relayed twice; the hop limit ends what still
    /// circulates when it is forgotten.
    static var suspicionLimit: Int { 4096 }

    /// This rank is suspected, and lives. What it said before reaches everyone before this.
    private mutating func answer() {
        answerCounts[rank] += 1
        flood(.answer(.init(rank: rank, count: answerCounts[rank])))
    }

    mutating func heardAnswer(_ answer: LivenessMessage.Answer, hops: UInt8) {
        guard answer.rank != rank, answer.count > answerCounts[answer.rank] else { return }
        answerCounts[answer.rank] = answer.count
        flood(.answer(answer), hops: hops)
        if let index = doubts.firstIndex(where: { $0.suspect == answer.rank }) {
            doubts.remove(at: index)
            actions.append(.note(.linkBroken(answer.rank)))
            if !doubts.contains(where: \.isUnreachable) { lossWindowEndsAt = nil }
        }
        for index in registrations.indices {
            for entry in registrations[index].suspicions.indices
            where registrations[index].suspicions[entry].suspect == answer.rank {
                registrations[index].suspicions[entry].isAnswered = true
            }
        }
    }

    private mutating func doubt(_ suspicion: LivenessMessage.Suspicion, _ now: UInt64) {
        var doubt = Doubt(suspect: suspicion.suspect)
        let known = doubts.firstIndex { $0.suspect == suspicion.suspect }
        if let known { doubt = doubts.remove(at: known) }
        if Self.meansUnreachable(suspicion.errorNumber) {
            doubt.isUnreachable = true
            if lossWindowEndsAt == nil {
                lossWindowEndsAt = now + LivenessConfiguration.Times.lossWindow
            }
        } else {
            doubt.closedAccusers.append(suspicion.accuser)
            if doubt.closedHoldEndsAt == nil {
                doubt.closedHoldEndsAt = now + LivenessConfiguration.Times.closedHold
            }
            if isCertain(doubt) { return lose([doubt.suspect], .ended, origin: rank, hops: 0) }
        }
        doubts.append(doubt)
    }

    /// One broken connection may be the network's doing. Two, or all there are, mean the process.
    private func isCertain(_ doubt: Doubt) -> Bool {
        let witnesses = neighbourhood.offsets.count { offset in
            fates[(doubt.suspect + offset) % worldSize] == .present
        }
        return doubt.closedAccusers.count >= min(2, witnesses)
    }

    mutating func judgeDoubts(_ now: UInt64) {
        while let index = doubts.firstIndex(where: { now >= $0.closedHoldEndsAt ?? .max }) {
            lose([doubts[index].suspect], .ended, origin: rank, hops: 0)
        }
        guard let end = lossWindowEndsAt, now >= end else { return }
        lossWindowEndsAt = nil
        let lost = doubts.filter(\.isUnreachable).map(\.suspect).sorted()
        lose(lost, .unreachable, origin: rank, hops: 0)
    }

    mutating func heardLoss(_ loss: LivenessMessage.Loss, hops: UInt8) {
        guard fates[loss.rank] == .present else { return }
        var lost = [loss.rank]
        if loss.reason == .unreachable {
            // Others collected what this rank did: it is one failure, and told as one.
            lost += doubts.filter(\.isUnreachable).map(\.suspect).filter { $0 != loss.rank }
            lossWindowEndsAt = nil
        }
        lose(lost.sorted(), loss.reason, origin: loss.origin, hops: hops)
    }

    /// The verdict over ranks, ascending: tells all, then fails every communicator they are in.
    mutating func lose(
        _ ranks: [Int], _ reason: LivenessMessage.Loss.Reason, origin: Int, hops: UInt8
    ) {
        let lost = ranks.filter { fates[$0] == .present }
        guard !lost.isEmpty else { return }
        for rank in lost {
            fates[rank] = .lost
            doubts.removeAll { $0.suspect == rank }
            // Also to the lost rank itself, should it live: it must not go on alone.
            flood(.loss(.init(rank: rank, reason: reason, origin: origin)), hops: hops)
            closeLink(rank)
        }
        for index in registrations.indices where registrations[index].isHealthy {
            let members = lost.filter { registrations[index].contains($0) }
            guard !members.isEmpty else { continue }
            failHere(index, lossCause(index, members, reason, origin: origin))
        }
        // Last: callers do not wait for the log.
        for rank in lost { actions.append(.note(.lost(rank, reason))) }
    }

    /// The errors of a connection whose other end acknowledges nothing.
    static func meansUnreachable(_ errorNumber: Int32) -> Bool {
        [ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN].contains(errorNumber)
    }
}
