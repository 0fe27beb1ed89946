import CLinux
import Collectives
import Liveness
import SimulatedTransport

extension Simulation {
    /// A rank begins a call: a fault that waits for it gets its time.
    func arm(rank: Int, call: Int) {
        for (index, trigger) in scenario.fault.triggers.enumerated()
        where trigger.rank == rank && trigger.call == call && !isArmed[index] {
            isArmed[index] = true
            network.alarm(
                rank: nil, at: network.now + trigger.delayNanoseconds,
                token: Token(.strike, index).bits)
        }
    }

    func strike(_ index: Int) {
        let rank = scenario.fault.triggers[index].rank
        // What has ended cannot end again.
        if case .partition = scenario.fault {} else if ranks[rank].endedAt != nil { return }
        trace { "the fault strikes: \(self.scenario.fault)" }
        strikes[index] = network.now
        switch scenario.fault {
        case .death, .deaths: die(rank)
        case .stop(_, let length):
            network.stop(rank)
            relieve(after: length)
        case .partition(_, let side, let length):
            cut(side)
            relieve(after: length)
        case .abort:
            command(
                .abort(
                    AbortCause(
                        code: .aborted, culprit: rank,
                        message: "rank \(rank) aborted: abort was called")), of: rank)
        case .none, .mismatch, .departure: break
        }
    }

    private func relieve(after length: UInt64?) {
        guard let length else { return }
        reliefAt = network.now + length
        network.alarm(rank: nil, at: network.now + length, token: Token(.relief).bits)
    }

    func relieve() {
        trace { "the fault is over" }
        switch scenario.fault {
        case .stop(let trigger, _): network.resume(trigger.rank)
        case .partition: heal()
        default: break
        }
    }

    /// How long a rank was stopped, which is no time that it took.
    func pause(of rank: Int) -> UInt64 {
        guard case .stop(let trigger, let length?) = scenario.fault, trigger.rank == rank
        else { return 0 }
        return length
    }

    var longestPause: UInt64 {
        switch scenario.fault {
        case .stop(_, let length?), .partition(_, _, let length?): length
        default: 0
        }
    }
}

// MARK: - Partitions

extension Simulation {
    private var cutSide: Set<Int> {
        if case .partition(_, let side, _) = scenario.fault { side } else { [] }
    }

    func isCut(_ left: Int, _ right: Int) -> Bool {
        isCut && cutSide.contains(left) != cutSide.contains(right)
    }

    private func cut(_ side: Set<Int>) {
        isCut = true
        cutCount += 1
        let silence = scenario.silenceNanoseconds
        network.cut(side, silenceNanoseconds: scenario.dataLinksExpire ? silence : nil)
        for left in ranks {
            for right in left.liveness.neighbourRanks where isCut(left.rank, right) {
                // The kernels notice when nothing has been acknowledged for so long.
                let jitter: UInt64 = network.random.draw(0...250_000_000)
                network.alarm(
                    rank: right, at: network.now + silence + jitter,
                    token: Token(.linkDown, left.rank, Int(ETIMEDOUT) | cutCount << 8).bits)
            }
        }
    }

    private func heal() {
        isCut = false
        network.heal()
        for to in ranks.indices {
            for from in ranks.indices {
                let index = wire(from, to)
                // In their order, as the kernel repeats them.
                for token in wires[index].stalled { reschedule(token, index, to: to) }
                wires[index].stalled = []
                // The other side gave up, and says so now.
                guard wires[wire(to, from)].isBroken, !wires[index].isBroken else { continue }
                network.alarm(
                    rank: to, at: network.now + scenario.livenessLatency.upperBound,
                    token: Token(.linkDown, from, Int(ECONNRESET)).bits)
            }
        }
    }

    private func reschedule(_ token: Token, _ index: Int, to rank: Int) {
        let delay = network.random.draw(scenario.livenessLatency)
        wires[index].lastArrivalAt = max(network.now + delay, wires[index].lastArrivalAt + 1)
        network.alarm(rank: rank, at: wires[index].lastArrivalAt, token: token.bits)
    }
}
