/// Holds the outcomes of one cell against the contract.
struct MismatchJudgement {
    private(set) var finding: Finding
    /// The world itself failed: there is nothing behind this cell.
    private(set) var hasWorldFailed = false
    private let cell: MismatchCell
    /// What was said by those who failed: one thing, or two where two pairs of ranks saw at the same
    /// moment that they disagree. Each is judged by itself.
    private var messages: Set<String> = []

    /// How soon a disagreement must be known to a rank that is in the call.
    private static let limitMilliseconds = 2000.0

    /// `events[r]` is what rank `r` said; the cell's part of every script is `steps`.
    init(_ cell: MismatchCell, _ events: [[Event]], steps: Range<Int>) {
        self.cell = cell
        finding = Finding(
            drill: "mismatch", row: cell.kind.rawValue, column: "\(cell.rankCount) ranks",
            cell: "\(cell)")
        for (rank, said) in events.enumerated() {
            judge(rank, said.filter { steps.contains($0.step) })
        }
        if messages.count > 2 {
            finding.problems.append("different causes: \(messages.sorted())")
        }
        for message in messages { judgeMessage(message) }
    }

    private mutating func complain(_ rank: Int, _ text: String) {
        finding.problems.append("rank \(rank) \(text)")
    }

    private mutating func judge(_ rank: Int, _ events: [Event]) {
        guard let split = events.first(where: { $0.isOutcome(of: "split") }) else {
            hasWorldFailed = true
            return complain(rank, "never came here")
        }
        for event in events where event.name == "wrong" {
            complain(rank, "said: \(event.text)")
        }
        // Others may have failed the communicator while this rank still opened its links.
        if split.isFailure { return judgeFailures(rank, [split]) }
        let calls = cell.calls(of: rank) + MismatchCell.laterCalls
        let outcomes = events.filter { $0.isOutcome(of: "call") }
        guard outcomes.count == calls.count else {
            hasWorldFailed = true
            return complain(rank, "made \(outcomes.count) calls of \(calls.count)")
        }
        judgeSuccesses(rank, calls, outcomes)
        judgeFailures(rank, outcomes)
    }

    /// Success is for those who depend on nobody that disagrees, up to the last call: there nobody
    /// can have missed it any more. In a call on which all agree nothing depends on a rank that
    /// disagrees, so whoever was right to succeed before it may succeed in it.
    private mutating func judgeSuccesses(
        _ rank: Int, _ calls: [CallSketch], _ outcomes: [Event]
    ) {
        for (index, outcome) in outcomes.enumerated() where !outcome.isFailure {
            let isAgreed = index == calls.count - 2
            if !isAgreed && !calls[index].maySucceed(rank: rank, among: cell.group(of: rank)) {
                complain(rank, "succeeded in \(calls[index].step)")
            }
        }
    }

    private mutating func judgeFailures(_ rank: Int, _ outcomes: [Event]) {
        guard let first = outcomes.firstIndex(where: \.isFailure) else {
            return complain(rank, "saw no failure")
        }
        for outcome in outcomes[first...] {
            guard outcome.isFailure, outcome.code == "mismatch" else {
                complain(rank, "got \(outcome.text)")
                continue
            }
            messages.insert(outcome.message)
        }
        let time = outcomes[first].milliseconds
        finding.milliseconds = max(finding.milliseconds ?? 0, time)
        if time > Self.limitMilliseconds { complain(rank, "waited \(Int(time)) ms") }
    }

    /// `rank 2 called all-reduce #1 (…), but rank 0 called all-gather #1 (…)`
    private mutating func judgeMessage(_ message: String) {
        let sides = message.split(separator: ", but ", omittingEmptySubsequences: false)
            .map { Side($0) }
        guard sides.count == 2, let left = sides[0], let right = sides[1] else {
            return finding.problems.append("not both sides are named: \(message)")
        }
        if cell.group(of: left.rank) == cell.group(of: right.rank) {
            finding.problems.append("two that agree are named: \(message)")
        }
        for side in [left, right]
        where !cell.calls(of: side.rank).contains(where: { $0.isDescribed(by: side.call) }) {
            finding.problems.append("rank \(side.rank) did not call that: \(message)")
        }
        if left.call == right.call { finding.problems.append("no difference in: \(message)") }
    }

    private struct Side {
        let rank: Int
        let call: String

        init?(_ text: some StringProtocol) {
            let words = text.split(separator: " ", maxSplits: 3)
            guard words.count == 4, words[0] == "rank", words[2] == "called",
                let rank = Int(words[1])
            else { return nil }
            self.rank = rank
            call = String(words[3])
        }
    }
}
