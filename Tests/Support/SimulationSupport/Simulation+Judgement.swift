import Collectives
import Liveness
import Schedules
import SimulatedTransport

/// What must hold in every run, whatever went wrong.
extension Simulation {
    private static let second: UInt64 = 1_000_000_000

    /// Nobody reports success from a result that depends on a rank which did not make the call.
    func checkDependencies(of rank: Int, _ call: Int) {
        let plan = ranks[rank].calls[call - 1]
        for origin in origins(of: rank, plan) {
            let other = ranks[origin]
            if other.callCount < call {
                violate(
                    rank, "call \(call) succeeded before rank \(origin), which it needs, made it")
            } else if !other.calls[call - 1].agrees(with: plan) {
                violate(
                    rank,
                    "call \(call), \(plan), succeeded, but rank \(origin), which it needs, called "
                        + "\(other.calls[call - 1])")
            }
        }
    }

    /// On which ranks a rank's success depends: all, where all agree beforehand.
    private func origins(of rank: Int, _ plan: CallPlan) -> [Int] {
        if scenario.isStrict { return ranks.indices.filter { $0 != rank } }
        let algorithm = scenario.choice.choose(plan, rankCount: scenario.rankCount)
        let key = ProgramShelf.Key(
            collective: plan.collective, algorithm: algorithm, root: plan.root)
        let extent = plan.extent(rankCount: scenario.rankCount)
        return (try? shelf.origins(key, of: rank, elementCount: extent)) ?? []
    }

    /// After the run.
    func judge() {
        for rank in ranks where rank.endedAt == nil && !isExcused(rank.rank) {
            violate(rank.rank, "hangs in \(rank.phase), call \(rank.callCount)")
        }
        judgeCauses()
        switch scenario.fault {
        case .none: judgeHealth(but: [])
        case .stop(let trigger, let length): judgeStop(trigger.rank, length)
        case .partition(_, let side, let length): judgePartition(side, length)
        case .mismatch(let rank, let index, _, _): judgeMismatch(rank, call: index + 1)
        case .death(let trigger): judgeDeath(trigger.rank)
        case .deaths(let triggers): judgeDeaths(Set(triggers.map(\.rank)))
        case .departure(let rank, let count): judgeDeparture(rank, after: count)
        case .abort(let trigger): judgeAbort(by: trigger.rank)
        }
    }

    /// After everything is torn down.
    func judgeRemains() {
        for rank in ranks { rank.checkMemories() }
        if network.misuseCount > 0 {
            violate(nil, "links were used \(network.misuseCount) times after they were closed")
        }
    }

    /// A rank that was stopped for ever does not end.
    private func isExcused(_ rank: Int) -> Bool {
        if case .stop(let trigger, nil) = scenario.fault {
            trigger.rank == rank && strikes[0] != nil
        } else {
            false
        }
    }

    /// One failure has one cause, on every rank; a partition has one on each side.
    private func judgeCauses() {
        var causes: Set<AbortCause> = []
        for rank in ranks where !isVictim(rank.rank) {
            if let cause = rank.status.cause, !wokeTooLate(rank) { causes.insert(cause) }
            for outcome in rank.outcomes where outcome.cause != nil {
                if outcome.cause != rank.status.cause {
                    violate(rank.rank, "failed with \(outcome), not with the first cause")
                }
            }
        }
        switch scenario.fault {
        case .partition, .deaths: break
        default:
            if Set(causes.map(\.culprit)).count > 1 {
                violate(nil, "ranks disagree about the culprit: \(causes)")
            }
        }
    }

    private func isVictim(_ rank: Int) -> Bool {
        switch scenario.fault {
        case .death(let trigger): trigger.rank == rank
        case .deaths(let triggers): triggers.contains { $0.rank == rank }
        default: false
        }
    }

    /// Who was stopped for a while finds that others left meanwhile, which is true, and its own case.
    private func wokeTooLate(_ rank: SimulatedRank) -> Bool {
        guard case .stop(let trigger, .some) = scenario.fault, trigger.rank == rank.rank,
            let cause = rank.status.cause
        else { return false }
        return switch cause.code {
        case .peerLeft: cause.culprit.map { ranks[$0].leftAt != nil } ?? false
        case .timedOut:
            cause.culprit == nil && ranks.allSatisfy { $0.rank == rank.rank || $0.leftAt != nil }
        default: false
        }
    }

    private func judgeHealth(but excused: Set<Int>) {
        for rank in ranks where !excused.contains(rank.rank) {
            if let cause = rank.status.cause {
                violate(rank.rank, "failed, but nothing went wrong: \(cause)")
            } else if rank.outcomes.count != rank.calls.count {
                violate(rank.rank, "made \(rank.outcomes.count) of \(rank.calls.count) calls")
            }
        }
    }

    /// Ranks that had not yet begun to leave at a time, nor ended.
    private func present(at time: UInt64) -> [SimulatedRank] {
        ranks.filter { ($0.leftAt ?? .max) > time && ($0.endedAt ?? .max) > time }
    }

    private func expect(
        _ rank: SimulatedRank, _ codes: [AbortCause.Code], culprits: Set<Int>, by time: UInt64
    ) {
        guard let cause = rank.status.cause, let failedAt = rank.failedAt else {
            return violate(rank.rank, "never learnt of the failure")
        }
        if !codes.contains(cause.code) || !culprits.contains(cause.culprit ?? -1) {
            violate(
                rank.rank, "blames \(cause) and not one of \(culprits.sorted()) with \(codes)")
        }
        if failedAt > time {
            violate(
                rank.rank,
                "learnt of the failure at \(self.time(failedAt)), after \(self.time(time))")
        }
    }
}

// MARK: - By fault

extension Simulation {
    private func judgeDeath(_ victim: Int) {
        guard let death = strikes[0] else { return judgeHealth(but: []) }
        // One that was about to leave may be taken for one that left.
        let wasLeaving = (ranks[victim].leftAt ?? .max) <= death
        for rank in ranks where rank.rank != victim && rank.status.cause != nil {
            expect(
                rank, wasLeaving ? [.peerLost, .peerLeft] : [.peerLost], culprits: [victim],
                by: .max)
        }
        guard !wasLeaving else { return }
        for rank in present(at: death) where rank.rank != victim {
            // Those that finished in the meantime need not know.
            if rank.status.cause == nil, rank.leftAt != nil { continue }
            expect(rank, [.peerLost], culprits: [victim], by: death + Self.second)
        }
    }

    private func judgeDeaths(_ victims: Set<Int>) {
        guard let first = strikes.compactMap({ $0 }).min() else { return judgeHealth(but: []) }
        let last = strikes.compactMap { $0 }.max() ?? first
        for rank in ranks where !victims.contains(rank.rank) {
            if rank.status.cause == nil, rank.leftAt != nil { continue }
            expect(rank, [.peerLost, .peerLeft], culprits: victims, by: last + Self.second)
        }
    }

    private func judgeStop(_ stopped: Int, _ length: UInt64?) {
        guard let strike = strikes[0] else { return judgeHealth(but: []) }
        let timeout = scenario.timeoutNanoseconds
        if let length, length < timeout / 2 {
            // A rank that leaves waits a second for the others, and no longer.
            if length < Self.second / 2 { judgeHealth(but: []) }
            return
        }
        for rank in ranks where rank.status.cause != nil && !wokeTooLate(rank) {
            let isOver = strike + (length ?? 0) < rank.failedAt ?? 0 && length != nil
            // A verdict takes 0.85 s, a message its time; who runs late in a call waits longer.
            let limit = strike + 2 * timeout + 2 * Self.second
            expect(
                rank, isOver ? [.timedOut, .peerLeft] : [.timedOut], culprits: [stopped],
                by: rank.rank == stopped || isOver ? .max : limit)
        }
    }

    private func judgePartition(_ side: Set<Int>, _ length: UInt64?) {
        guard let strike = strikes[0] else { return judgeHealth(but: []) }
        if let length, length >= scenario.silenceNanoseconds / 2 { return }
        if length != nil {
            guard scenario.timeoutNanoseconds > scenario.silenceNanoseconds else { return }
            // Ranks that leave wait a second for the others, and no longer.
            if (length ?? 0) < Self.second / 2 { judgeHealth(but: []) }
            return
        }
        // The silence, the jitter of the kernels' timers, the window for losses, the flood.
        let limit = strike + scenario.silenceNanoseconds + 2 * Self.second
        for rank in ranks {
            if rank.status.cause == nil, rank.leftAt != nil { continue }
            let isHere = side.contains(rank.rank)
            let others = Set(ranks.indices.filter { side.contains($0) != isHere })
            expect(rank, [.peerLost, .timedOut, .peerLeft], culprits: others, by: limit)
        }
    }

    private func judgeMismatch(_ culprit: Int, call: Int) {
        for rank in ranks where rank.status.cause != nil {
            guard let cause = rank.status.cause else { continue }
            // After its last call a rank reads no headers any more: whoever disagrees about that
            // one finds it gone.
            let gone = cause.culprit.map { ranks[$0] }
            if cause.code == .peerLeft, let gone, gone.leftAt != nil, gone.callCount >= call,
                gone.callCount == gone.calls.count
            {
                continue
            }
            guard cause.code == .mismatch else {
                violate(rank.rank, "failed with \(cause) instead of a mismatch")
                continue
            }
            let named = ranks.indices.filter { cause.message.contains("rank \($0) called") }
            if named.count != 2 || !named.contains(culprit) {
                violate(rank.rank, "names \(named), and not two with \(culprit): \(cause.message)")
            }
            if Set(positions(in: cause.message)).count > 1 {
                violate(rank.rank, "compares different operations: \(cause.message)")
            }
        }
        if ranks.contains(where: { $0.status.cause != nil }) {
            for rank in ranks where rank.status.cause == nil && rank.leftAt == nil {
                violate(rank.rank, "never learnt of the mismatch")
            }
        }
    }

    /// Which operations a message speaks of.
    private func positions(in message: String) -> [Substring] {
        message.split(separator: "#").dropFirst().map { $0.prefix { $0.isNumber } }
    }

    private func judgeDeparture(_ leaver: Int, after count: Int) {
        for rank in ranks where rank.status.cause != nil {
            if rank.rank == leaver {
                violate(leaver, "left in good order, and failed with \(rank.status.cause as Any)")
            } else {
                expect(rank, [.peerLeft], culprits: [leaver], by: .max)
            }
        }
    }

    private func judgeAbort(by aborter: Int) {
        guard let strike = strikes[0], (ranks[aborter].leftAt ?? .max) > strike else {
            return judgeHealth(but: [aborter])
        }
        for rank in present(at: strike) {
            if rank.status.cause == nil, rank.leftAt != nil { continue }
            expect(rank, [.aborted], culprits: [aborter], by: strike + Self.second / 2)
        }
    }
}
