internal import Bootstrap
internal import Collectives
internal import Platform
internal import Schedules

extension World {
    /// Gives every rank the same plan: the saved one, where rank 0 has one, else one that rank 0
    /// measures now with a rank of its host and one of another, and saves where a path was given.
    ///
    /// All ranks call it together, as the first thing on the world's communicator.
    func agreeOnPlan(
        _ world: Communicator, _ demands: Demands, path: String?
    ) throws(CollectiveError) {
        var outcome = PlanOutcome.measure
        if world.rank == 0, let path { outcome = Self.load(path, rankCount: world.rankCount) }
        var table = unmeasuredTable
        if world.rankCount > 1 {
            var choice = [outcome.wireValue]
            try world.broadcast(&choice, root: 0)
            if choice[0] == PlanOutcome.measure.wireValue { try measure(world, &table) }
        }
        if world.rank == 0, case .measure = outcome {
            outcome = Self.save(
                Plan(rankCount: world.rankCount, table: table, order: naturalOrder), to: path)
        }
        let (plan, source) = try share(outcome, world)
        self.plan = AgreedPlan(
            plan: try Self.apply(demands, to: plan, world), source: source, demands: demands)
        world.engine.choose = chooser(rankCount: world.rankCount)
        world.engine.order = order
        world.engine.isStrict = demands.isStrict
    }

    /// What rank 0 found out about the plan.
    private enum PlanOutcome {
        case measure
        case plan(Plan, source: String)
        case failed(String)

        var wireValue: UInt8 {
            switch self {
            case .measure: 0
            case .plan: 1
            case .failed: 2
            }
        }
    }

    private static func load(_ path: String, rankCount: Int) -> PlanOutcome {
        let bytes: [UInt8]
        do {
            bytes = try FileDescriptor.contents(of: path)
        } catch {
            guard error.isMissingFile else { return .failed("the plan \(error)") }
            return .measure
        }
        do {
            let plan = try Plan(text: String(decoding: bytes, as: UTF8.self))
            guard plan.rankCount == rankCount else {
                return .failed(
                    "the plan \(path) is for \(plan.rankCount) ranks, and this job has "
                        + "\(rankCount): remove it, or name another")
            }
            return .plan(plan, source: path)
        } catch {
            return .failed("the plan \(path) cannot be used: \(error)")
        }
    }

    private static func save(_ plan: Plan, to path: String?) -> PlanOutcome {
        guard let path else { return .plan(plan, source: "measured at join") }
        do {
            try FileDescriptor.replaceContents(of: path, with: Array(plan.text.utf8))
        } catch {
            return .failed("the measured plan could not be saved: \(error)")
        }
        return .plan(plan, source: "measured at join and saved as \(path)")
    }

    /// Everybody learns rank 0's plan, or why there is none.
    private func share(
        _ outcome: PlanOutcome, _ world: Communicator
    ) throws(CollectiveError) -> (Plan, String) {
        var text: [UInt8] = []
        switch outcome {
        case .measure: break
        case .plan(let plan, let source): text = Array("\(source)\n\(plan.text)".utf8)
        case .failed(let reason): text = Array("!\(reason)".utf8)
        }
        var length = [UInt32(text.count)]
        if world.rankCount > 1 {
            try world.broadcast(&length, root: 0)
            text += [UInt8](repeating: 0, count: max(0, Int(length[0]) - text.count))
            try world.broadcast(&text, root: 0)
        }
        let all = String(decoding: text, as: UTF8.self)
        if all.first == "!" {
            throw CollectiveError(
                .notJoined, "rank 0 has no plan: \(all.dropFirst())", culprit: 0, phase: .joining)
        }
        let parts = all.split(separator: "\n", maxSplits: 1).map(String.init)
        do {
            return (try Plan(text: parts.count > 1 ? parts[1] : ""), parts[0])
        } catch {
            throw CollectiveError(
                .notJoined, "the plan of rank 0 cannot be read: \(error)", culprit: 0,
                phase: .joining)
        }
    }

    /// Measures the pairs that stand for the links of each kind; rank 0 fills the table.
    private func measure(
        _ world: Communicator, _ table: inout CostTable
    ) throws(CollectiveError) {
        let others = (1..<world.rankCount)
        if let neighbour = others.first(where: { membership.isSameHost(0, $0) }) {
            let result = try world.engine.measure(with: neighbour)
            table.apply(result)
        }
        if let stranger = others.first(where: { !membership.isSameHost(0, $0) }) {
            let result = try world.engine.measure(with: stranger)
            table.remote = result.link(
                table.remote, messageNanoseconds: table.messageNanoseconds)
        }
    }

    /// Forces what is demanded, where all ranks demand the same.
    private static func apply(
        _ demands: Demands, to plan: Plan, _ world: Communicator
    ) throws(CollectiveError) -> Plan {
        var all: [UInt8] = [demands.algorithm?.rawValue ?? 0, demands.isStrict ? 1 : 0]
        if world.rankCount > 1 { all = try world.allGather(all) }
        for rank in 1..<max(world.rankCount, 1) where all[2 * rank] != all[0] {
            let names = [all[0], all[2 * rank]].map { Algorithm(rawValue: $0)?.name ?? "none" }
            throw CollectiveError(
                .notJoined,
                "rank 0 forces the algorithm \(names[0]), but rank \(rank) forces \(names[1]): "
                    + "give all ranks the same option algorithm, or MARTLET_ALGORITHM",
                phase: .joining)
        }
        for rank in 1..<max(world.rankCount, 1) where all[2 * rank + 1] != all[1] {
            throw CollectiveError(
                .notJoined,
                "rank 0 and rank \(rank) differ in whether they are strict: give all ranks the same "
                    + "option isStrict, or MARTLET_STRICT", phase: .joining)
        }
        var plan = plan
        if let algorithm = demands.algorithm { plan.force(algorithm) }
        return plan
    }
}

extension Measurement {
    /// The link between the two ranks. A two-rank ring takes two steps and moves every byte once
    /// in each direction; half of them are combined.
    fileprivate func link(
        _ unmeasured: CostTable.Link, messageNanoseconds: Int
    ) -> CostTable.Link {
        guard exchangeNanoseconds > 0 else { return unmeasured }
        let moving = streamNanoseconds - 2 * exchangeNanoseconds - combineNanoseconds / 2
        return CostTable.Link(
            latencyNanoseconds: max(1, exchangeNanoseconds - messageNanoseconds),
            picosecondsPerByte: max(1, moving * 1000 / Measurement.streamByteCount))
    }
}

extension CostTable {
    /// What loopback shows of processor time: there, moving bytes is nothing else.
    fileprivate mutating func apply(_ result: Measurement) {
        guard result.exchangeNanoseconds > 0 else { return }
        // Both ranks are inside the kernel for nearly all of an exchange of small messages.
        messageNanoseconds = max(1, result.exchangeNanoseconds * 4 / 5)
        local = result.link(local, messageNanoseconds: messageNanoseconds)
        copyPicosecondsPerByte = local.picosecondsPerByte
        reducePicosecondsPerByte = max(
            1, result.combineNanoseconds * 1000 / Measurement.streamByteCount)
    }
}
