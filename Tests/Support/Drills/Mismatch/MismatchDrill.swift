import Platform
package import TestSupport

/// Every disagreement is named on every rank that depends on it.
package enum MismatchDrill: Drill {
    package static let name = "mismatch"

    package static func cells(
        isFull: Bool, using generator: inout SeededGenerator
    ) -> [any DrillCell] {
        [2, 3, 4, 5].map { rankCount in
            var cells = MismatchCell.all(rankCount: rankCount).shuffled(using: &generator)
            if !isFull { cells = Array(cells.prefix(60)) }
            return MismatchJob(rankCount: rankCount, cells: cells)
        }
    }
}

/// Cells of one size, one after the other in one job: each in a communicator of its own, whose
/// failure must leave the world as it was.
struct MismatchJob: DrillCell {
    var rankCount: Int
    var cells: [MismatchCell]

    /// Far behind the time within which a mismatch must be known.
    static let operationSeconds = 20.0

    var description: String {
        "mismatches among \(rankCount): \(cells.count == 1 ? "\(cells[0])" : "\(cells.count)")"
    }

    func narrowed(to text: String) -> (any DrillCell)? {
        let wanted = cells.filter { $0.description.contains(text) }
        return wanted.isEmpty ? nil : MismatchJob(rankCount: rankCount, cells: wanted)
    }

    func run(seed: UInt64) -> [Finding] {
        var findings: [Finding] = []
        var rest = cells[...]
        // A world that failed ends its job; the cells behind go on in another.
        while !rest.isEmpty {
            let (done, wasEnded) = run(rest)
            findings += done
            rest = rest.dropFirst(max(done.count, 1))
            if !wasEnded && done.isEmpty { break }
        }
        return findings
    }

    /// Answers what was found, and whether the job came to its end.
    private func run(_ cells: ArraySlice<MismatchCell>) -> ([Finding], Bool) {
        do {
            let directory = try ScriptFolder(rankCount: rankCount) { rank in
                ["join"] + cells.flatMap { $0.script(of: rank) } + ["leave"]
            }
            let job = try Job(
                rankCount: rankCount,
                environment: [
                    "MARTLET_OPERATION_TIMEOUT_SECONDS": "\(Self.operationSeconds)",
                    "MARTLET_LOG": "warning",
                ])
            try job.start { [directory.argument(for: $0)] }
            let running = job.finish(Array(0..<rankCount), withinSeconds: 60 + Double(cells.count))
            let events = (0..<rankCount).map { job.events(of: $0) }
            var findings: [Finding] = []
            var step = 1
            for cell in cells {
                let end = step + cell.script(of: 0).count
                let judgement = MismatchJudgement(cell, events, steps: step..<end)
                findings.append(judgement.finding)
                step = end
                if judgement.hasWorldFailed { return (findings, false) }
            }
            if !running.isEmpty, var last = findings.popLast() {
                last.problems.append("ranks \(running) never ended")
                findings.append(last)
            }
            return (findings, true)
        } catch {
            return (
                [
                    Finding(
                        drill: "mismatch", row: "not carried out", column: "\(rankCount)",
                        cell: "\(self)", problems: ["\(error)"])
                ], false
            )
        }
    }
}

/// Scripts too long for arguments, as files.
final class ScriptFolder {
    private let prefix: String
    private let rankCount: Int

    init(rankCount: Int, _ script: (Int) -> [String]) throws {
        self.rankCount = rankCount
        prefix =
            "/tmp/martlet-drill-script-\(Host.processIdentifier)-"
            + "\(UInt64.random(in: 0 ... .max))"
        for rank in 0..<rankCount {
            let text = script(rank).joined(separator: "\n")
            try FileDescriptor.replaceContents(of: path(rank), with: Array(text.utf8))
        }
    }

    deinit {
        for rank in 0..<rankCount { FileDescriptor.remove(path(rank)) }
    }

    private func path(_ rank: Int) -> String { "\(prefix)-\(rank)" }

    func argument(for rank: Int) -> String { "@\(path(rank))" }
}
