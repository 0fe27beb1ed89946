import Collectives
import Schedules
import SimulatedTransport

extension Scenario {
    private static let millisecond: UInt64 = 1_000_000

    /// The scenario of a seed, the same on every machine.
    package init(seed: UInt64) {
        var random = SeededRandom(seed: seed &* 0x2545_f491_4f6c_dd1d &+ 99)
        self.seed = seed
        let rankCount = Self.rankCount(&random)
        self.rankCount = rankCount
        let hostCount = random.draw(1...min(4, rankCount))
        hosts = (0..<rankCount).map { _ in random.draw(0...hostCount - 1) }
        order = Array(0..<rankCount)
        if random.chance(30) { order.shuffle(using: &random) }
        calls = []
        fault = .none
        isStrict = random.chance(12)
        links = Self.links(&random)
        let reaction = Self.reaction(&random)
        reactions = (0..<rankCount).map { _ in random.chance(10) ? 0...3_000_000 : reaction }
        livenessLatency = random.chance(80) ? 20_000...2_000_000 : 20_000...20_000_000
        dataLinksExpire = random.chance(50)
        timeoutNanoseconds = 20_000 * Self.millisecond
        silenceNanoseconds = UInt64(random.draw(1...3)) * 1000 * Self.millisecond
        thinking = random.chance(50) ? 0...1000 : 0...UInt64(random.draw(1...20)) * 100_000
        limits = ExecutorLimits()
        strategies = []
        if random.chance(40) {
            limits.send = random.draw(1...400)
            limits.receive = random.draw(1...400)
            limits.combine = random.draw(8...400)
        }
        shortTurnPercent = random.chance(50) ? 0 : random.draw(1...60)
        drawChoice(&random)
        drawCalls(&random)
        drawFault(&random)
        strategies = (0..<rankCount).map { _ in Self.strategy(&random) }
        // A deadline is that of one operation, also where several take longer together. Windows hold
        // all grants that may be due: who rests reads none.
        if random.chance(12), links.allSatisfy({ $0.windowByteCount >= 1024 }) {
            restNanoseconds = timeoutNanoseconds * 6 / 10
        }
    }

    /// Few polls, which take their time here, too: a rank soon sleeps.
    private static func strategy(_ random: inout SeededRandom) -> WaitStrategy {
        WaitStrategy(
            spinCount: random.draw(0...3),
            yieldCount: random.draw(0...(random.chance(5) ? 80 : 3)))
    }

    private static func rankCount(_ random: inout SeededRandom) -> Int {
        switch random.draw(0...99) {
        case 0..<2: 1
        case 2..<92: random.draw(2...9)
        default: random.draw(10...33)
        }
    }

    private static func reaction(_ random: inout SeededRandom) -> ClosedRange<UInt64> {
        0...[100, 1000, 20_000, 200_000][random.draw(0...3)]
    }

    /// A few kinds of lines; each direction of each link gets one of them.
    private static func links(_ random: inout SeededRandom) -> [LinkConditions] {
        let settles = random.chance(50)
        let isRough = random.chance(50)
        return (0..<random.draw(1...4)).map { _ in
            var line = LinkConditions()
            let base = [2000, 20_000, 200_000][random.draw(0...2)]
            line.latencyNanoseconds = UInt64(base / 2)...UInt64(base * random.draw(1...10))
            line.nanosecondsPerByte = random.draw(0...20)
            line.windowByteCount =
                isRough ? random.draw(1...9) * random.draw(1...61) : random.draw(64...16_384)
            line.fragmentLimit = isRough ? random.draw(1...4) : 1
            if settles {
                let delay = UInt64(line.latencyNanoseconds.upperBound)
                line.settlingNanoseconds = 0...delay * UInt64(random.draw(1...3))
            }
            line.partialPercent = isRough ? random.draw(0...40) : 0
            line.hesitationPercent = isRough ? random.draw(0...15) : 0
            line.lendingByteCount = random.draw(32...(isRough ? 80 : 4000))
            return line
        }
    }

    private mutating func drawChoice(_ random: inout SeededRandom) {
        for collective in Collective.allCases {
            let available = Algorithm.available(for: collective)
            choice.entries[collective] = ChoiceTable.Entry(
                small: available[random.draw(0...available.count - 1)],
                large: available[random.draw(0...available.count - 1)],
                boundary: random.draw(1...2000))
        }
    }

    private mutating func drawCalls(_ random: inout SeededRandom) {
        if random.chance(8) { return drawManyCalls(&random) }
        let callCount = rankCount > 9 ? random.draw(1...4) : random.draw(1...8)
        calls = (0..<callCount).map { _ in drawCall(&random) }
    }

    /// Many small calls, most of them with the same root: senders run far ahead of receivers.
    private mutating func drawManyCalls(_ random: inout SeededRandom) {
        let root = random.draw(0...rankCount - 1)
        let collective: Collective = random.chance(50) ? .broadcast : .reduce
        calls = (0..<random.draw(17...60)).map { _ in
            var plan = drawCall(&random)
            plan.count = min(plan.count, 9)
            if random.chance(95) {
                plan.collective = collective
                plan.root = root
                plan.normalize(rankCount: rankCount)
            }
            return plan
        }
    }

    private func drawCall(_ random: inout SeededRandom) -> CallPlan {
        var plan = CallPlan(
            collective: random.chance(40)
                ? .allReduce : Collective.allCases[random.draw(0...Collective.allCases.count - 1)],
            type: DataType.allCases[random.draw(0...DataType.allCases.count - 1)],
            operation: ReductionOperation.allCases[
                random.draw(0...ReductionOperation.allCases.count - 1)],
            count: drawCount(&random), root: random.draw(0...rankCount - 1))
        plan.normalize(rankCount: rankCount)
        if plan.isDivided { plan.count /= max(1, rankCount / 3) }
        return plan
    }

    /// Few elements mostly, so that ten thousand runs take a minute; small windows get fewer, so
    /// that a call's virtual time stays far below its deadline.
    private func drawCount(_ random: inout SeededRandom) -> Int {
        let count =
            switch random.draw(0...99) {
            case 0..<10: 0
            case 10..<40: random.draw(1...8)
            case 40..<92: random.draw(1...200)
            default: random.draw(200...2500)
            }
        let smallestWindow = links.map(\.windowByteCount).min() ?? 1
        return min(count, smallestWindow * 5, rankCount > 9 ? 300 : 2500)
    }
}

// MARK: - What goes wrong

extension Scenario {
    private mutating func drawFault(_ random: inout SeededRandom) {
        guard rankCount > 1 else { return }
        switch random.draw(0...99) {
        case 0..<25: fault = .none
        case 25..<50: fault = .death(drawTrigger(&random))
        case 50..<55: drawDeaths(&random)
        case 55..<65: drawStop(&random)
        case 65..<75: drawPartition(&random)
        case 75..<93: drawMismatch(&random)
        case 93..<97:
            fault = .departure(
                rank: random.draw(0...rankCount - 1), afterCalls: random.draw(0...calls.count - 1))
        default:
            // An abort is carried out 30 ms after it is told; some calls should come after that.
            thinking = 0...20 * Self.millisecond
            fault = .abort(drawTrigger(&random))
        }
    }

    /// Some call of some rank, and a moment in it: from its first nanosecond to long after.
    private func drawTrigger(_ random: inout SeededRandom) -> Trigger {
        let magnitude = random.draw(0...7)
        let most = (0..<magnitude).reduce(UInt64(30)) { most, _ in most * 8 }
        return Trigger(
            rank: random.draw(0...rankCount - 1), call: random.draw(0...calls.count),
            delayNanoseconds: random.draw(0...most))
    }

    private mutating func drawDeaths(_ random: inout SeededRandom) {
        let count = random.draw(2...max(2, min(4, rankCount - 1)))
        let victims = Array(0..<rankCount).shuffled(using: &random).prefix(count)
        let near = drawTrigger(&random)
        fault = .deaths(
            victims.map { victim in
                var trigger = random.chance(60) ? near : drawTrigger(&random)
                trigger.rank = victim
                return trigger
            })
    }

    private mutating func drawStop(_ random: inout SeededRandom) {
        timeoutNanoseconds = UInt64(random.draw(2...5)) * 1000 * Self.millisecond
        let trigger = drawTrigger(&random)
        let length: UInt64? =
            switch random.draw(0...3) {
            case 0: nil
            case 1: timeoutNanoseconds * 2
            default: random.draw(0...timeoutNanoseconds / 3)
            }
        fault = .stop(trigger, forNanoseconds: length)
    }

    private mutating func drawPartition(_ random: inout SeededRandom) {
        let here = random.draw(0...3)
        var side = Set((0..<rankCount).filter { hosts[$0] == here })
        if side.isEmpty || side.count == rankCount {
            hosts = (0..<rankCount).map { $0 % 2 }
            side = Set((0..<rankCount).filter { hosts[$0] == 0 })
        }
        let length: UInt64? =
            switch random.draw(0...3) {
            case 0, 1: nil
            case 2: random.draw(0...silenceNanoseconds / 2)
            default: random.draw(silenceNanoseconds / 2...silenceNanoseconds * 2)
            }
        if random.chance(20) { timeoutNanoseconds = silenceNanoseconds / 2 }
        fault = .partition(drawTrigger(&random), side: side, forNanoseconds: length)
    }

    private mutating func drawMismatch(_ random: inout SeededRandom) {
        let index = random.draw(0...calls.count - 1)
        let rank = random.draw(0...rankCount - 1)
        let plan = calls[index]
        if index + 1 < calls.count, !calls[index + 1].agrees(with: plan), random.chance(30) {
            let kind: Fault.Disagreement = random.chance(50) ? .swap : .skip
            fault = .mismatch(rank: rank, call: index, kind, plan)
            return
        }
        for _ in 0..<30 {
            var other = plan
            disagree(&other, &random)
            other.normalize(rankCount: rankCount)
            if !other.agrees(with: plan) {
                fault = .mismatch(rank: rank, call: index, .argument, other)
                return
            }
        }
    }

    /// Changes one argument.
    private func disagree(_ plan: inout CallPlan, _ random: inout SeededRandom) {
        switch random.draw(0...5) {
        case 0: plan.count = random.chance(50) ? plan.count + 1 : random.draw(0...300)
        case 1: plan.type = DataType.allCases[random.draw(0...DataType.allCases.count - 1)]
        case 2:
            plan.operation =
                ReductionOperation.allCases[random.draw(0...ReductionOperation.allCases.count - 1)]
        case 3: plan.root = random.draw(0...rankCount - 1)
        case 4: plan = drawCall(&random)
        default:
            plan.collective = Collective.allCases[random.draw(0...Collective.allCases.count - 1)]
        }
    }
}
