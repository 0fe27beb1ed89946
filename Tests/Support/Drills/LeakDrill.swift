import Glibc
import Platform
package import TestSupport

/// Two processes that join and leave fifty times hold as much at the end as at the beginning.
package enum LeakDrill: Drill {
    package static let name = "leak"

    package static func cells(
        isFull: Bool, using generator: inout SeededGenerator
    ) -> [any DrillCell] {
        [LeakCell()]
    }
}

struct LeakCell: DrillCell {
    private let times = 50
    /// From where memory must be flat.
    private let warmUp = 10
    /// What the allocator has handed out: a record of a hundred bytes that stays each time is seen.
    private let allocatedLimit = 4 << 10
    /// What the kernel gave: the allocator keeps some of what it once had before it reuses it.
    private let residentLimit = 4 << 20

    var description: String { "leak of \(times) times join and leave" }

    func run(seed: UInt64) -> [Finding] {
        var finding = Finding(
            drill: "leak", row: "join, leave", column: "50 times", cell: "\(self)")
        do {
            let meeting =
                "/tmp/martlet-drill-cycle-\(Host.processIdentifier)-"
                + "\(UInt64.random(in: 0 ... .max))"
            let sharedBefore = Self.names(in: "/dev/shm")
            // One arena, for threads take new ones until the allocator's limit is reached; and no
            // caches of threads, whose chunks count as handed out.
            let job = try Job(
                rankCount: 2,
                environment: [
                    "MARTLET_LOG": "warning", "MALLOC_ARENA_MAX": "1",
                    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
                ])
            try job.start { _ in ["count", "cycle:times=\(times),meeting=\(meeting)", "count"] }
            for rank in job.finish([0, 1], withinSeconds: 120) {
                finding.problems.append("rank \(rank) never ended")
            }
            for rank in 0..<2 { judge(rank, job.events(of: rank), &finding) }
            let left = Self.names(in: "/dev/shm").subtracting(sharedBefore)
                .filter { $0.contains("martlet") }
            if !left.isEmpty { finding.problems.append("left in /dev/shm: \(left)") }
        } catch {
            finding.problems.append("not carried out: \(error)")
        }
        return [finding]
    }

    private func judge(_ rank: Int, _ events: [Event], _ finding: inout Finding) {
        for event in events where event.isFailure {
            finding.problems.append("rank \(rank) got \(event.text)")
        }
        let counts = events.filter { $0.name == "count" }
        let cycles = events.filter { $0.name == "cycle" }
        guard counts.count == 2, cycles.count == times else {
            return finding.problems.append("rank \(rank) went round \(cycles.count) times")
        }
        for what in ["descriptors", "threads", "children"] where counts[0][what] != counts[1][what]
        {
            finding.problems.append(
                "rank \(rank) has \(counts[1][what]) \(what), not \(counts[0][what]): "
                    + counts[1]["open"])
        }
        for (what, limit) in [("allocated", allocatedLimit), ("resident", residentLimit)] {
            let series = cycles.compactMap { $0.number(what) }
            let growth = (series.last ?? 0) - series[warmUp]
            finding.note +=
                "rank \(rank): \(series[0] >> 10) KiB \(what) at first, \(series[warmUp] >> 10) "
                + "after \(warmUp), \((series.last ?? 0) >> 10) at last. "
            if growth > limit {
                finding.problems.append("rank \(rank) grew by \(growth) bytes \(what): \(series)")
            }
        }
    }

    private static func names(in path: String) -> Set<String> {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: Set<String> = []
        while let entry = readdir(directory) {
            names.insert(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }
}
