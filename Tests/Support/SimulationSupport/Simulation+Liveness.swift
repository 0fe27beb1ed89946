import CLinux
import Collectives
import Liveness
import SimulatedTransport

/// One direction of the liveness connection between two ranks.
struct LivenessWire {
    var isOpen = false
    /// Nothing overtakes.
    var lastArrivalAt: UInt64 = 0
    /// What a partition holds back, in order.
    var stalled: [Token] = []
    /// The kernel gave it up.
    var isBroken = false
}

/// What the service thread does: carries out what each rank's state machine asks for.
extension Simulation {
    func wire(_ from: Int, _ to: Int) -> Int { from * scenario.rankCount + to }

    func startLiveness(of rank: SimulatedRank) {
        rank.liveness.start(now: network.now)
        for neighbour in rank.liveness.neighbourRanks {
            wires[wire(rank.rank, neighbour)].isOpen = true
            rank.liveness.linkUp(neighbour, now: network.now)
        }
        rank.liveness.register(
            communicator: SimulatedRank.communicator, members: Array(ranks.indices),
            now: network.now)
        carryOut(rank)
    }

    /// Lets a rank's state machine do something, and carries out what follows.
    func act(_ rank: Int, _ body: (inout LivenessState, UInt64) -> Void) {
        let rank = ranks[rank]
        guard rank.endedAt == nil else { return }
        rank.liveness.update(
            communicator: SimulatedRank.communicator, rank.status.operation, now: network.now)
        body(&rank.liveness, network.now)
        carryOut(rank)
    }

    func ringLiveness(_ rank: SimulatedRank, _ token: Token) {
        switch token.kind {
        case .tick:
            guard rank.scheduledTick <= network.now else { return }
            rank.scheduledTick = .max
            act(rank.rank) { liveness, now in liveness.tick(now: now) }
        case .message:
            if isCut(token.first, rank.rank), !wires[wire(token.first, rank.rank)].isBroken {
                wires[wire(token.first, rank.rank)].stalled.append(token)
                return
            }
            guard let message = messages.take(token.second),
                !wires[wire(token.first, rank.rank)].isBroken
            else { return }
            act(rank.rank) { liveness, now in
                liveness.received(message, from: token.first, now: now)
            }
        case .linkDown: showLinkDown(rank, token)
        case .processEnded:
            act(rank.rank) { liveness, now in liveness.processEnded(token.first, now: now) }
        case .command:
            if let report = commands.take(token.second) { carryOut(report, on: rank.rank) }
        default: break
        }
    }

    private func showLinkDown(_ rank: SimulatedRank, _ token: Token) {
        let index = wire(token.first, rank.rank)
        guard !wires[index].isBroken else { return }
        if isCut(token.first, rank.rank), token.second & 0xff != ETIMEDOUT {
            wires[index].stalled.append(token)
            return
        }
        // The kernel's own verdict, on a partition that is over.
        if token.second & 0xff == ETIMEDOUT {
            guard isCut(token.first, rank.rank), token.second >> 8 == cutCount else { return }
            wires[index].isBroken = true
            wires[wire(rank.rank, token.first)].isOpen = false
        }
        act(rank.rank) { liveness, now in
            liveness.linkDown(token.first, errorNumber: Int32(token.second & 0xff), now: now)
        }
    }

    private func carryOut(_ report: Report, on rank: Int) {
        act(rank) { liveness, now in
            switch report {
            case .abort(let cause):
                liveness.abort(communicator: SimulatedRank.communicator, cause, now: now)
            case .suspect(let suspect, let errorNumber):
                liveness.suspect(
                    communicator: SimulatedRank.communicator, rank: suspect,
                    errorNumber: errorNumber, now: now)
            case .inquest(let sequence, let heard):
                liveness.inquest(
                    communicator: SimulatedRank.communicator, sequence: sequence, heard: heard,
                    now: now)
            }
        }
    }

    /// The engine has something to tell; the service thread wakes up for it.
    func command(_ report: Report, of rank: Int) {
        let delay: UInt64 = network.random.draw(0...50_000)
        network.alarm(
            rank: rank, at: network.now + delay,
            token: Token(.command, 0, commands.put(report)).bits)
    }

    func carryOut(_ rank: SimulatedRank) {
        let actions = rank.liveness.actions
        rank.liveness.actions.removeAll(keepingCapacity: true)
        for action in actions {
            switch action {
            case .send(let message, let to): send(message, from: rank.rank, to: to)
            case .fail(_, let cause): fail(rank, cause)
            case .limit(_, let sequence): rank.status.limit(toSequence: sequence)
            case .closeLink(let other): closeWire(rank.rank, other, errorNumber: 0)
            case .note(let note): trace { "rank \(rank.rank) notes \(note)" }
            }
        }
        scheduleTick(rank)
    }

    func fail(_ rank: SimulatedRank, _ cause: AbortCause) {
        trace { "rank \(rank.rank) learns: \(cause.code), \(cause.message)" }
        if rank.status.fail(cause) { rank.failedAt = network.now }
        network.wake(rank.rank)
    }

    private func scheduleTick(_ rank: SimulatedRank) {
        guard rank.endedAt == nil else { return }
        let next = max(rank.liveness.nextDeadline, network.now + 1)
        guard next < rank.scheduledTick else { return }
        rank.scheduledTick = next
        network.alarm(rank: rank.rank, at: next, token: Token(.tick).bits)
    }

    private func send(_ message: LivenessMessage, from: Int, to: Int) {
        let index = wire(from, to)
        guard wires[index].isOpen else { return }
        // Nobody reads it any more; a real kernel would answer with a reset.
        guard ranks[to].endedAt == nil else { return }
        let token = Token(.message, from, messages.put(message))
        network.alarm(rank: to, at: arrival(index), token: token.bits)
    }

    private func arrival(_ index: Int) -> UInt64 {
        let time = network.now + network.random.draw(scenario.livenessLatency)
        wires[index].lastArrivalAt = max(time, wires[index].lastArrivalAt + 1)
        return wires[index].lastArrivalAt
    }

    func closeWire(_ from: Int, _ to: Int, errorNumber: Int) {
        let index = wire(from, to)
        guard wires[index].isOpen else { return }
        wires[index].isOpen = false
        network.alarm(
            rank: to, at: arrival(index), token: Token(.linkDown, from, errorNumber).bits)
    }
}

// MARK: - The ends of processes

extension Simulation {
    /// The process ends in good order.
    func leave(_ rank: Int) {
        act(rank) { liveness, now in liveness.leave(now: now) }
        end(rank, isOrderly: true)
    }

    /// The process ends without a word.
    func die(_ rank: Int) {
        guard ranks[rank].endedAt == nil else { return }
        end(rank, isOrderly: false)
    }

    private func end(_ rank: Int, isOrderly: Bool) {
        trace { "rank \(rank)'s process ends" }
        ranks[rank].endedAt = network.now
        ranks[rank].phase = .ended
        network.kill(rank)
        for neighbour in ranks[rank].liveness.neighbourRanks {
            let isReset = !isOrderly && network.random.chance(50)
            closeWire(rank, neighbour, errorNumber: isReset ? Int(ECONNRESET) : 0)
            guard scenario.hosts[rank] == scenario.hosts[neighbour] else { continue }
            // What the connection still held is handed over first.
            network.alarm(
                rank: neighbour, at: arrival(wire(rank, neighbour)),
                token: Token(.processEnded, rank).bits)
        }
    }
}
