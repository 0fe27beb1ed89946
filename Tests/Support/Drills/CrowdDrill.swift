import Platform
package import TestSupport

/// Many more ranks than cores.
package enum CrowdDrill: Drill {
    package static let name = "crowd"

    package static func cells(
        isFull: Bool, using generator: inout SeededGenerator
    ) -> [any DrillCell] {
        isFull ? [CrowdCell(rankCount: 64), CrowdCell(rankCount: 256)] : [CrowdCell(rankCount: 64)]
    }
}

struct CrowdCell: DrillCell {
    var rankCount: Int
    private let limitSeconds = 30.0

    var description: String { "crowd of \(rankCount) ranks" }

    func run(seed: UInt64) -> [Finding] {
        var finding = Finding(
            drill: "crowd", row: "join, 8 B, leave", column: "\(rankCount) ranks", cell: "\(self)")
        do {
            let limit = try DescriptorLimit.current()
            if limit.count < UInt64(4 * rankCount + 64) {
                try limit.apply(count: UInt64(4 * rankCount + 64))
            }
            let job = try Job(
                rankCount: rankCount,
                environment: ["MARTLET_TIMEOUT_SECONDS": "60", "MARTLET_LOG": "warning"])
            let start = Clock.nowNanoseconds()
            try job.start { _ in ["count", "join", "call:count=2", "leave", "count"] }
            let started = Clock.nowNanoseconds()
            for rank in job.finish(Array(0..<rankCount), withinSeconds: 90) {
                finding.problems.append("rank \(rank) never ended")
            }
            judge(job, start, started, &finding)
        } catch {
            finding.problems.append("not carried out: \(error)")
        }
        return [finding]
    }

    private func judge(_ job: Job, _ start: UInt64, _ started: UInt64, _ finding: inout Finding) {
        let events = job.events
        func last(_ fits: (Event) -> Bool) -> Double {
            (Double(events.filter(fits).map(\.at).max() ?? start) - Double(start)) / 1e6
        }
        // The first tells most; hundreds follow from it.
        for event in events.filter({ $0.isFailure || $0.name == "wrong" }).prefix(8) {
            finding.problems.append("rank \(event.rank): \(event.text)")
        }
        for event in events.filter({ $0.name == "log" }).prefix(8) {
            finding.problems.append("rank \(event.rank) logged: \(event.text)")
        }
        let (joined, worked) = (
            last { $0.isOutcome(of: "join") }, last { $0.isOutcome(of: "call") }
        )
        for name in ["join", "call", "leave"] {
            let count = events.count { $0.isOutcome(of: name) && !$0.isFailure }
            if count != rankCount { finding.problems.append("\(count) succeeded in \(name)") }
        }
        for rank in 0..<rankCount {
            let counts = job.events(of: rank).filter { $0.name == "count" }
            for what in ["descriptors", "threads"]
            where counts.count != 2 || counts[0][what] != counts[1][what] {
                finding.problems.append("rank \(rank) does not have its \(what) back")
            }
        }
        finding.milliseconds = worked
        finding.note =
            "all started after \((started - start) / 1_000_000) ms, joined after "
            + "\(Int(joined)) ms, reduced after \(Int(worked)) ms, left after "
            + "\(Int(last { $0.isOutcome(of: "leave") })) ms"
        if worked > limitSeconds * 1000 {
            finding.problems.append("needed \(Int(worked)) ms")
        }
    }
}
