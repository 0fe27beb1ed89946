import Glibc
import Platform
package import TestSupport

/// Ends that are nobody's death: an abort, a rank that leaves, and a rank that exits without a word.
package enum AbortDrill: Drill {
    package static let name = "abort"

    package static func cells(
        isFull: Bool, using generator: inout SeededGenerator
    ) -> [any DrillCell] {
        let all = [2, 4, 5].flatMap { rankCount in
            (0..<rankCount).flatMap { actor in
                AbortCell.Kind.allCases.map {
                    AbortCell(kind: $0, rankCount: rankCount, actor: actor)
                }
            }
        }
        guard !isFull else { return all }
        return AbortCell.Kind.allCases.flatMap { kind in
            all.filter { $0.kind == kind }.shuffled(using: &generator).prefix(2)
        }
    }
}

struct AbortCell: DrillCell {
    enum Kind: String, CaseIterable {
        /// Another thread aborts while all are blocked in a call that one rank does not make.
        case abort
        /// Another thread aborts while data moves on all ranks.
        case abortAmid = "abort amid 32 MiB"
        /// A rank leaves while the others go on.
        case leave
        /// A rank exits without leaving.
        case exit
    }

    var kind: Kind
    var rankCount: Int
    var actor: Int

    var description: String { "\(kind.rawValue) by \(actor) of \(rankCount)" }

    private var aborts: Bool { kind == .abort || kind == .abortAmid }
    private var limitMilliseconds: Double { aborts ? 100 : 1000 }
    private var code: String {
        switch kind {
        case .abort, .abortAmid: "aborted"
        case .leave: "peerLeft"
        case .exit: "peerLost"
        }
    }

    func run(seed: UInt64) -> [Finding] {
        var finding = Finding(
            drill: "abort", row: kind.rawValue, column: "\(rankCount) ranks", cell: "\(self)")
        do {
            let job = try Job(rankCount: rankCount)
            try job.start(script)
            if kind == .abort {
                // The absent rank comes when all the others have failed.
                _ = job.finish((0..<rankCount).filter { $0 != absent })
                job.proceed(absent)
            }
            for rank in job.finish(Array(0..<rankCount)) {
                finding.problems.append("rank \(rank) never ended")
            }
            judge(job, &finding)
        } catch {
            finding.problems.append("not carried out: \(error)")
        }
        return [finding]
    }

    /// The rank that makes no call, so that the others are blocked: not the one that aborts.
    private var absent: Int { (actor + 1) % rankCount }

    private func script(_ rank: Int) -> [String] {
        let start = ["count", "join", "call:count=2,times=3"]
        let loop = "times=forever,count=\(kind == .abortAmid ? 8 << 20 : 2)"
        let rest = ["call:\(loop)", "call:count=2", "leave", "count"]
        guard rank == actor else {
            return start + (kind == .abort && rank == absent ? ["await"] : []) + rest
        }
        switch kind {
        case .abort: return start + ["abort:milliseconds=100"] + rest
        case .abortAmid: return start + ["abort:milliseconds=500"] + rest
        case .leave: return start + ["leave", "note:name=acts", "count"]
        case .exit: return start + ["note:name=acts", "exit"]
        }
    }

    private func judge(_ job: Job, _ finding: inout Finding) {
        let deed = job.events(of: actor).first { $0.name == (aborts ? "aborts" : "note") }
        for rank in 0..<rankCount where aborts || rank != actor {
            let events = job.events(of: rank)
            let failures = events.filter(\.isFailure)
            guard let first = failures.first, let deed else {
                finding.problems.append("rank \(rank) saw no failure")
                continue
            }
            if first.code != code || first.culprit != actor {
                finding.problems.append("rank \(rank) got \(first.text)")
            }
            // Three times where the actor was done with a call before this rank was.
            if failures.count < 2 || failures.contains(where: { $0.cause != first.cause }) {
                finding.problems.append(
                    "rank \(rank) did not fail again alike: \(failures.map(\.text))")
            }
            if kind == .abort && rank == absent { continue }
            // Who leaves may be noticed before its `leave` returns.
            let time = (Double(first.at) - Double(deed.at)) / 1e6
            finding.milliseconds = max(finding.milliseconds ?? 0, time)
            if time > limitMilliseconds {
                finding.problems.append("rank \(rank) failed only after \(Int(time)) ms")
            }
        }
        for rank in 0..<rankCount where kind != .exit || rank != actor {
            let counts = job.events(of: rank).filter { $0.name == "count" }
            for what in ["descriptors", "threads"]
            where counts.count != 2 || counts[0][what] != counts[1][what] {
                finding.problems.append("rank \(rank) does not have its \(what) back")
            }
        }
    }
}
