import Glibc
import Platform
package import TestSupport

/// Half-open, garbage and port-scan connections while a job computes.
package enum StrangersDrill: Drill {
    package static let name = "strangers"

    package static func cells(
        isFull: Bool, using generator: inout SeededGenerator
    ) -> [any DrillCell] {
        isFull
            ? [
                StrangersCell(rankCount: 2, pairCount: 100, visitsPerWindow: 5),
                StrangersCell(rankCount: 4, pairCount: 20, visitsPerWindow: 50),
            ]
            : [StrangersCell(rankCount: 2, pairCount: 20, visitsPerWindow: 5)]
    }
}

/// Windows of time without strangers and with them, by turns.
struct StrangersCell: DrillCell {
    var rankCount: Int
    /// Pairs of windows; the second of each has visitors.
    var pairCount: Int
    var visitsPerWindow: Int
    private let windowMilliseconds = 500
    /// So many pairs that their interval is narrow: its upper end is held to ten percent. With fewer,
    /// only what cannot be chance counts, by its lower end.
    private var isPrecise: Bool { pairCount >= 100 }

    var description: String {
        "\(pairCount * visitsPerWindow) strangers to \(rankCount) ranks"
    }

    func run(seed: UInt64) -> [Finding] {
        var generator = SeededGenerator(seed: seed)
        var finding = Finding(
            drill: "strangers", row: "\(pairCount * visitsPerWindow) visits",
            column: "\(rankCount) ranks", cell: "\(self)")
        do {
            let job = try Job(rankCount: rankCount, environment: ["MARTLET_LOG": "warning"])
            let step = "latency:windows=\(2 * pairCount),milliseconds=\(windowMilliseconds)"
            try job.start { _ in ["count", "join", step, "await", "leave", "count"] }
            try visit(job, &generator, &finding)
            let seconds = Double(2 * pairCount * windowMilliseconds) / 1000 + 10
            for rank in 0..<rankCount {
                _ = try job.require(of: rank, "its end", withinSeconds: seconds) {
                    $0.name == "waits"
                }
                job.proceed(rank)
            }
            for rank in job.finish(Array(0..<rankCount)) {
                finding.problems.append("rank \(rank) never ended")
            }
            for event in job.events where event.isFailure {
                finding.problems.append("rank \(event.rank) got \(event.text)")
            }
            judgeLatency(job, &finding)
        } catch {
            finding.problems.append("not carried out: \(error)")
        }
        return [finding]
    }

    /// Sends the strangers, in every second window.
    private func visit(
        _ job: Job, _ generator: inout SeededGenerator, _ finding: inout Finding
    ) throws {
        let start = try job.require(of: 0, "its first window") { $0.name == "windows" }
        let processes = (0..<rankCount).compactMap { job.process(of: $0) }
        let doors = processes.flatMap(ListeningPorts.of)
        guard doors.count >= rankCount, let first = start.number("first") else {
            throw Job.Interruption(what: "only \(doors.count) listening ports were found")
        }
        let before = processes.map(ListeningPorts.descriptorCount)
        let width = UInt64(windowMilliseconds) * 1_000_000
        for pair in 0..<pairCount {
            let opening = UInt64(first) + UInt64(2 * pair + 1) * width
            // Open for the rest of the window; what is dropped earlier is dropped by the ranks.
            var guests = Guests()
            for visit in 0..<visitsPerWindow {
                let moment = opening + width * UInt64(visit) / UInt64(visitsPerWindow)
                Self.sleep(until: moment)
                let kind = Stranger.allCases[visit % Stranger.allCases.count]
                let door = doors[Int.random(in: doors.indices, using: &generator)]
                if let socket = try kind.visit(door, using: &generator) { guests.add(socket) }
            }
            Self.sleep(until: opening + width)
            if pair < pairCount - 1 { continue }
            judgeDescriptors(processes, before, &finding)
            guests.leave()
        }
    }

    private static func sleep(until moment: UInt64) {
        let deadline = Deadline(nanoseconds: moment)
        while !deadline.hasPassed {
            Thread.sleep(milliseconds: max(0, deadline.remainingMilliseconds - 1))
        }
    }

    /// The last strangers hold on: the ranks themselves must be rid of them within three seconds.
    private func judgeDescriptors(
        _ processes: [Int32], _ before: [Int], _ finding: inout Finding
    ) {
        let start = Clock.nowNanoseconds()
        let deadline = Deadline(secondsFromNow: 3)
        var now = processes.map(ListeningPorts.descriptorCount)
        while now != before && !deadline.hasPassed {
            Thread.sleep(milliseconds: 20)
            now = processes.map(ListeningPorts.descriptorCount)
        }
        let milliseconds = (Clock.nowNanoseconds() - start) / 1_000_000
        if now != before {
            finding.problems.append("descriptors: \(now) after 3 s, \(before) before")
        }
        finding.note += "descriptors back after \(milliseconds) ms; "
    }

    /// The p99 of windows with strangers against that of their neighbours without.
    private func judgeLatency(_ job: Job, _ finding: inout Finding) {
        let windows = job.events(of: 0).filter { $0.name == "window" }
        let p99 = windows.map { Double($0.number("p99") ?? 0) }
        var pairs: [(quiet: Double, busy: Double)] = []
        for index in stride(from: 0, to: p99.count - 1, by: 2) {
            // In a window without any latency the ranks had no processor.
            guard p99[index] > 0, p99[index + 1] > 0 else { continue }
            pairs.append((p99[index], p99[index + 1]))
        }
        guard pairs.count * 10 >= 9 * pairCount else {
            return finding.problems.append("only \(pairs.count) pairs of windows have latencies")
        }
        let ratios = pairs.map { $0.busy / $0.quiet }.sorted()
        let (low, high) = Self.interval(ratios)
        let median = Self.median(ratios)
        let quiet = Self.median(pairs.map { $0.quiet })
        let busy = Self.median(pairs.map { $0.busy })
        finding.note +=
            "p99 \(Self.plain(quiet / 1000)) us without, \(Self.plain(busy / 1000)) us "
            + "with; ratio \(Self.plain(median)) [\(Self.plain(low)), \(Self.plain(high))] over "
            + "\(pairs.count) pairs of windows"
        finding.milliseconds = busy / 1e6
        // Ranks that share cores wait for each other's turns, which hides everything else.
        guard rankCount <= Host.usableProcessorCount else { return }
        let isGrown = isPrecise ? high > 1.10 : low > 1.50
        if isGrown { finding.problems.append("p99 grew: \(finding.note)") }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The 95 % interval of the median, by order statistics.
    private static func interval(_ sorted: [Double]) -> (Double, Double) {
        let count = Double(sorted.count)
        let half = 1.96 * (count).squareRoot() / 2
        let low = max(0, Int((count / 2 - half).rounded(.down)))
        let high = min(sorted.count - 1, Int((count / 2 + half).rounded(.up)))
        return (sorted[low], sorted[high])
    }

    private static func plain(_ value: Double) -> String {
        "\((value * 100).rounded() / 100)"
    }
}

/// Sockets that are held open together; a descriptor cannot stand in an array.
private struct Guests {
    private var sockets: [Int32] = []

    mutating func add(_ socket: consuming FileDescriptor) {
        sockets.append(socket.release())
    }

    mutating func leave() {
        for socket in sockets { FileDescriptor.close(socket) }
        sockets = []
    }
}
