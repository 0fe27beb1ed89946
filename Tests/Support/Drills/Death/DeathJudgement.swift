internal import Platform

/// Holds what the survivors said against the contract.
struct DeathJudgement {
    private let cell: DeathCell
    private(set) var problems: [String] = []
    /// From the signal to the last survivor's error; after a stop, from the earliest moment at
    /// which it may come.
    private(set) var worstMilliseconds: Double?

    init(cell: DeathCell, job: Job, moment: UInt64) {
        self.cell = cell
        var causes: [Int: [String]] = [:]
        for rank in cell.survivors {
            let events = job.events(of: rank)
            if let status = job.status(of: rank), !status.isSuccess {
                complain(rank, "ended with status \(status.shellStatus)")
            }
            for event in events where ["wrong", "confusion"].contains(event.name) {
                complain(rank, "said: \(event.text)")
            }
            if let failure = judgeFailure(rank, events, moment) {
                causes[rank] = failure.cause
                judgeLaterCalls(rank, events, failure)
            }
            judgeEnd(rank, events)
        }
        let culprits = Set(causes.values.map { $0[1] })
        if culprits.count > 1 { problems.append("several culprits: \(causes)") }
    }

    private mutating func complain(_ rank: Int, _ text: String) {
        problems.append("rank \(rank) \(text)")
    }

    /// The first error: in time, and the right one.
    private mutating func judgeFailure(
        _ rank: Int, _ events: [Event], _ moment: UInt64
    ) -> Event? {
        guard let failure = events.first(where: \.isFailure) else {
            if cell.phase != .teardown { complain(rank, "saw no failure") }
            return nil
        }
        if cell.phase == .teardown {
            complain(rank, "failed while all were leaving: \(failure.text)")
            return failure
        }
        let codes = expectedCodes(failure)
        if !codes.contains(failure.code) {
            complain(rank, "got \(failure.code), not \(codes): \(failure.message)")
        }
        if failure.culprit != cell.victim {
            complain(rank, "blames \(failure["culprit"]): \(failure.message)")
        }
        judgeTime(rank, failure, moment)
        if cell.signal == .stop, cell.phase.dependsOnAlgorithm,
            !failure.message.contains("rank \(cell.victim)") || !failure.message.contains(" #")
        {
            complain(rank, "does not hear where the stopped rank was: \(failure.message)")
        }
        return failure
    }

    private func expectedCodes(_ failure: Event) -> [String] {
        let cut = cell.signal == .kill ? "peerLost" : "timedOut"
        switch cell.phase {
        case .meeting: return ["notJoined"]
        case .joining: return [failure.isOutcome(of: "join") ? "notJoined" : cut, cut]
        // The victim had said goodbye, or had not come to it.
        case .leaving: return [cut, "peerLeft"]
        case .first, .small, .large, .teardown: return [cut]
        }
    }

    private mutating func judgeTime(_ rank: Int, _ failure: Event, _ moment: UInt64) {
        let afterSignal = (Double(failure.at) - Double(moment)) / 1e6
        let limit = 1000.0
        var time = afterSignal
        if cell.signal == .stop {
            if failure.isOutcome(of: "join") {
                time = failure.milliseconds - DeathCell.joinSeconds * 1000
            } else {
                // The operation that cannot end began at the latest when others waited for it.
                time = min(afterSignal, failure.milliseconds) - cell.operationSeconds * 1000
            }
        }
        worstMilliseconds = max(worstMilliseconds ?? 0, time)
        if time > limit { complain(rank, "failed only after \(Int(time)) ms: \(failure.message)") }
    }

    private mutating func judgeLaterCalls(_ rank: Int, _ events: [Event], _ failure: Event) {
        let later = events.filter {
            $0.isOutcome(of: "call") && $0.at > failure.at
        }
        for call in later {
            if !call.isFailure { complain(rank, "succeeded after a failure: \(call.text)") }
            if call.cause != failure.cause {
                complain(rank, "later heard \(call.cause), not \(failure.cause)")
            }
            if call.milliseconds > 50 {
                complain(rank, "needed \(call.milliseconds) ms to fail again")
            }
        }
        if failure.isOutcome(of: "call"), later.count != 3 {
            complain(rank, "made \(later.count) later calls, not 3")
        }
    }

    /// Leaving is short, and nothing of the job remains in the process.
    private mutating func judgeEnd(_ rank: Int, _ events: [Event]) {
        for leave in events where leave.isOutcome(of: "leave") && leave.milliseconds > 2000 {
            complain(rank, "needed \(leave.milliseconds) ms to leave")
        }
        let counts = events.filter { $0.name == "count" }
        guard let first = counts.first, let last = counts.last, counts.count == 2 else {
            return complain(rank, "did not come to its end")
        }
        for what in ["descriptors", "threads"] where first[what] != last[what] {
            complain(
                rank, "has \(last[what]) \(what), not \(first[what]): \(last["open"])")
        }
    }
}
