import Glibc
import Platform
import Schedules
import TestSupport

extension DeathCell {
    func run(seed: UInt64) -> [Finding] {
        var generator = SeededGenerator(seed: seed)
        var finding = Finding(
            drill: "death",
            row: "\(signal.rawValue) \(phase.rawValue)"
                + (hasForked ? " after fork" : ""),
            column: phase.dependsOnAlgorithm ? algorithm.name : "any", cell: "\(self)")
        do {
            let job = try Job(
                rankCount: rankCount,
                environment: [
                    "MARTLET_OPERATION_TIMEOUT_SECONDS": "\(operationSeconds)",
                    "MARTLET_TIMEOUT_SECONDS": "\(Self.joinSeconds)",
                ])
            let moment = try strike(job, &generator)
            let survivors = survivors
            for rank in job.finish(survivors, withinSeconds: operationSeconds + 10) {
                finding.problems.append("rank \(rank) never ended")
            }
            let judgement = DeathJudgement(cell: self, job: job, moment: moment)
            finding.problems += judgement.problems
            finding.milliseconds = judgement.worstMilliseconds
        } catch {
            finding.problems.append("not carried out: \(error)")
        }
        return [finding]
    }

    /// The ranks that must see it: all others, without the one that never started.
    var survivors: [Int] {
        (0..<rankCount).filter { $0 != victim && !(signal == .kill && late == $0) }
    }

    /// The rank that is late to the meeting; it comes after a stop, and never after a kill.
    var late: Int? {
        phase == .meeting ? (0..<rankCount).last { $0 != victim } : nil
    }

    /// Starts the job and sends the signal at the right moment, which it answers.
    private func strike(_ job: Job, _ generator: inout SeededGenerator) throws -> UInt64 {
        try job.start(except: late.map { [$0] } ?? [], script)
        switch phase {
        case .meeting: try awaitRegistrations(job)
        case .joining:
            _ = try job.require(of: victim, "the end of the meeting") {
                $0.name == "log" && $0.text.contains("is reached at")
            }
            pass(0...30, &generator)
        case .first:
            for rank in 0..<rankCount where rank != victim {
                _ = try job.require(of: rank, "the operation") { $0.name == "note" }
            }
            _ = try job.require(of: victim, "its wait") { $0.name == "waits" }
            pass(20...120, &generator)
        case .small, .large:
            var longest = 0.0
            for rank in 0..<rankCount {
                let first = try job.require(of: rank, "the first result", withinSeconds: 60) {
                    $0.isOutcome(of: "call")
                }
                longest = max(longest, first.milliseconds)
            }
            pass(20...max(100, Int32(min(longest, 2000))), &generator)
        case .leaving, .teardown:
            _ = try job.require(of: victim, "its leave") { $0.name == "note" }
            pass(0...(phase == .leaving ? 200 : 20), &generator)
        }
        let moment = job.signal(signal == .kill ? SIGKILL : SIGSTOP, to: victim)
        if signal == .stop, let late { try job.start(late, script(late)) }
        if phase == .leaving {
            for rank in survivors { job.proceed(rank) }
        }
        return moment
    }

    private func awaitRegistrations(_ job: Job) throws {
        for rank in 1..<rankCount where rank != late {
            _ = try job.require(of: 0, "the registration of \(rank)", withinSeconds: 2.5) {
                $0.name == "log" && $0.text.contains("rank \(rank) registered")
            }
        }
    }

    private func pass(_ milliseconds: ClosedRange<Int32>, _ generator: inout SeededGenerator) {
        Thread.sleep(milliseconds: Int32.random(in: milliseconds, using: &generator))
    }

    /// What a rank does.
    private func script(_ rank: Int) -> [String] {
        let isVictim = rank == victim
        let fork = isVictim && hasForked ? ["fork"] : []
        let some = ["call:count=2,times=3"]
        // One call that fails, and three that fail at once.
        let after = Array(repeating: "call:count=2", count: 3) + ["leave", "count"]
        let start = ["count", "join"]
        let way = "algorithm=\(algorithm.name)"
        switch phase {
        case .meeting: return start + ["leave", "count"]
        case .joining: return start + ["call:count=2,times=forever"] + after
        case .first:
            return start + fork
                + (isVictim ? ["await"] : ["note:name=first", "call:count=2,\(way)"] + after)
        case .small: return start + fork + ["call:count=2,times=forever,\(way)"] + after
        case .large:
            return start + fork + ["call:count=\(largeByteCount / 4),times=forever,\(way)"] + after
        case .leaving:
            return start + some
                + (isVictim ? ["note:name=leaving", "leave"] : ["await", "call:count=2"] + after)
        case .teardown: return start + some + ["note:name=leaving", "leave", "count"]
        }
    }
}
