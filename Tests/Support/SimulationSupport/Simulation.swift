import Collectives
import Liveness
import Schedules
package import SimulatedTransport

/// One run: the ranks of a job, the network between them, what goes wrong, and what must hold
/// nevertheless.
package final class Simulation {
    package let scenario: Scenario
    /// What its ranks do wrong on purpose.
    let plant: Plant?
    package let network: SimulatedNetwork
    let configuration: LivenessConfiguration
    let shelf: ProgramShelf
    private(set) var ranks: [SimulatedRank] = []
    /// What should not have happened, in words.
    package private(set) var violations: [String] = []
    private var expectations: [CallPlan: Expectation] = [:]
    private let tracer: ((String) -> Void)?
    let startedAt: UInt64

    // Liveness.
    var wires: [LivenessWire]
    var messages = Slab<LivenessMessage>()
    var commands = Slab<Report>()

    // The fault.
    /// When it struck, by trigger; nil before.
    var strikes: [UInt64?]
    var isArmed: [Bool]
    var reliefAt: UInt64?
    var isCut = false
    var cutCount = 0

    package init(
        _ scenario: Scenario, plant: Plant? = nil, trace tracer: ((String) -> Void)? = nil
    ) {
        self.scenario = scenario
        self.plant = plant
        self.tracer = tracer
        network = SimulatedNetwork(seed: scenario.seed ^ 0x5eed, rankCount: scenario.rankCount)
        startedAt = network.now
        var configuration = LivenessConfiguration()
        configuration.silenceSeconds = Double(scenario.silenceNanoseconds) / 1e9
        if tracer != nil {
            configuration.describeOperation = { words, _ in
                OperationHeader(words: (words.first, words.second, words.third, words.fourth))
                    .description
            }
        }
        self.configuration = configuration
        shelf = ProgramShelf(rankCount: scenario.rankCount, order: scenario.order)
        let pairCount = scenario.rankCount * scenario.rankCount
        wires = Array(repeating: LivenessWire(), count: pairCount)
        strikes = Array(repeating: nil, count: scenario.fault.triggers.count)
        isArmed = Array(repeating: false, count: scenario.fault.triggers.count)
        ranks = (0..<scenario.rankCount).map { SimulatedRank(rank: $0, in: self) }
        connect()
    }

    private func connect() {
        for rank in ranks {
            network.setReaction(of: rank.rank, to: scenario.reactions[rank.rank])
        }
        for left in ranks {
            for right in ranks where left.rank < right.rank {
                let lines = (0..<2).map { _ in
                    scenario.links[network.random.draw(0...scenario.links.count - 1)]
                }
                let (near, far) = network.connect(
                    left.rank, right.rank, forth: lines[0], back: lines[1])
                left.attach(near, to: right.rank)
                right.attach(far, to: left.rank)
            }
        }
        for rank in ranks {
            startLiveness(of: rank)
            let time = network.now + network.random.draw(scenario.thinking)
            network.alarm(rank: rank.rank, at: time, token: Token(.begin).bits)
        }
    }

    /// Runs to the end. What went wrong is in `violations`.
    package func run() {
        // Every call but the last of each rank succeeds, within its deadline.
        let calls = UInt64(scenario.calls.count + 1)
        let horizon =
            startedAt + calls * (scenario.timeoutNanoseconds + 3_000_000_000) + longestPause
        while let happening = network.next() {
            guard network.now <= horizon else { break }
            handle(happening)
        }
        judge()
        // A stopped rank never ends by itself.
        for rank in ranks where rank.endedAt == nil { die(rank.rank) }
        while network.next() != nil {}
        judgeRemains()
    }

    private func handle(_ happening: SimulatedNetwork.Happening) {
        switch happening {
        case .ready(let rank): ranks[rank].turn()
        case .alarm(let rank, let bits):
            guard let token = Token(bits) else { return }
            if let rank { ring(ranks[rank], token) } else { ring(token) }
        }
    }

    private func ring(_ rank: SimulatedRank, _ token: Token) {
        switch token.kind {
        case .begin: rank.begin()
        case .look: rank.look(token.second)
        case .exit: rank.exit()
        default: ringLiveness(rank, token)
        }
    }

    private func ring(_ token: Token) {
        switch token.kind {
        case .strike: strike(token.first)
        case .relief: relieve()
        default: break
        }
    }

    func trace(_ text: () -> String) {
        tracer?("\(time(network.now))  \(text())")
    }

    func time(_ nanoseconds: UInt64) -> String {
        let micro = (nanoseconds - startedAt) / 1000
        let digits = String(micro % 1000)
        return "\(micro / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits + " ms"
    }

    func violate(_ rank: Int?, _ text: String) {
        let who = rank.map { "rank \($0): " } ?? ""
        let line = "\(time(network.now)): \(who)\(text)"
        trace { "VIOLATION \(line)" }
        if violations.count < 20 { violations.append(line) }
    }

    func expectation(of plan: CallPlan) -> Expectation {
        if let known = expectations[plan] { return known }
        let made = Expectation(plan, rankCount: scenario.rankCount)
        expectations[plan] = made
        return made
    }
}
