package import Collectives
import Schedules
package import SimulatedTransport

/// Everything that a seed decides before a run begins.
package struct Scenario: Sendable {
    package let seed: UInt64
    package var rankCount: Int
    /// On which host each rank runs: partitions run between hosts, and processes of one host see
    /// each other end.
    package var hosts: [Int]
    /// The order of rings and trees.
    package var order: [Int]
    package var choice = ChoiceTable()
    /// What every rank calls, but for the fault.
    package var calls: [CallPlan]
    package var fault: Fault

    /// Whether a round of agreement comes before each call.
    package var isStrict: Bool

    /// How links are drawn.
    package var links: [LinkConditions]
    package var reactions: [ClosedRange<UInt64>]
    package var livenessLatency: ClosedRange<UInt64>
    /// Whether data links give up in a partition, or only liveness does.
    package var dataLinksExpire: Bool
    package var timeoutNanoseconds: UInt64
    package var silenceNanoseconds: UInt64
    /// What a rank does between two calls.
    package var thinking: ClosedRange<UInt64>
    /// Calls begin no closer to each other, on any rank.
    package var restNanoseconds: UInt64 = 0
    package var limits: ExecutorLimits
    /// How each rank waits.
    package var strategies: [WaitStrategy]
    /// In how many of a hundred turns a rank polls only once.
    package var shortTurnPercent: Int

    package struct ExecutorLimits: Sendable {
        package var send = 1 << 20
        package var receive = 1 << 20
        package var combine = 128 << 10
    }

    /// Whether a rank takes the short way through exchanges: in every other run some do, and meet
    /// others that do not.
    func takesShortWay(_ rank: Int) -> Bool {
        !seed.isMultiple(of: 2) && !(seed / 2 + UInt64(rank)).isMultiple(of: 3)
    }

    /// What a rank calls, in the order of its sequence.
    func calls(of rank: Int) -> [CallPlan] {
        var list = calls
        switch fault {
        case .mismatch(let disagreeing, let index, let kind, let other)
        where disagreeing == rank:
            switch kind {
            case .argument: list[index] = other
            case .swap: list.swapAt(index, index + 1)
            case .skip: list.remove(at: index)
            }
        case .departure(let leaver, let count) where leaver == rank:
            list = Array(calls.prefix(count))
        default: break
        }
        // Inputs belong to the position, so that ranks which agree there agree in them too.
        var random = SeededRandom(seed: seed)
        for index in list.indices {
            list[index].salt = random.next()
            list[index].isRough = random.chance(50)
            list[index].normalize(rankCount: rankCount)
        }
        return list
    }
}

/// When a fault happens: so long after a rank began a call; the call behind the last is its close.
package struct Trigger: Sendable, Hashable {
    package var rank: Int
    package var call: Int
    package var delayNanoseconds: UInt64
}

/// What goes wrong in a run.
package enum Fault: Sendable, Hashable {
    package enum Disagreement: Sendable, Hashable { case argument, swap, skip }

    case none
    /// The trigger's rank dies.
    case death(Trigger)
    case deaths([Trigger])
    /// The trigger's rank does nothing for so long, or for ever.
    case stop(Trigger, forNanoseconds: UInt64?)
    /// Some ranks and all others fall silent to each other, for so long or for ever.
    case partition(Trigger, side: Set<Int>, forNanoseconds: UInt64?)
    /// A rank calls something else.
    case mismatch(rank: Int, call: Int, Disagreement, CallPlan)
    /// A rank leaves in good order after so many calls.
    case departure(rank: Int, afterCalls: Int)
    /// The trigger's rank calls `abort`.
    case abort(Trigger)

    package var name: String {
        switch self {
        case .none: "none"
        case .death: "death"
        case .deaths: "deaths"
        case .stop(_, .none): "stop for ever"
        case .stop: "stop for a while"
        case .partition(_, _, .none): "partition for ever"
        case .partition: "partition for a while"
        case .mismatch: "mismatch"
        case .departure: "departure"
        case .abort: "abort"
        }
    }

    package static let names = [
        "none", "death", "deaths", "stop for ever", "stop for a while", "partition for ever",
        "partition for a while", "mismatch", "departure", "abort",
    ]

    var triggers: [Trigger] {
        switch self {
        case .death(let trigger), .stop(let trigger, _), .partition(let trigger, _, _),
            .abort(let trigger):
            [trigger]
        case .deaths(let triggers): triggers
        case .none, .mismatch, .departure: []
        }
    }
}
