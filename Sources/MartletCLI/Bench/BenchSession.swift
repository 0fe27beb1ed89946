import Glibc
import Martlet
import Platform
import Schedules

/// One rank's part of a benchmark, from joining to the files with the results.
struct BenchSession {
    let plan: BenchPlan
    let operationTimeoutSeconds: Double?
    let jsonFile: ReportFile?
    let csvFile: ReportFile?

    /// Answers whether all results were right.
    func run() throws -> Bool {
        // Behind a launcher we may write to a terminal whose foreground is not ours.
        Signals.ignore(SIGTTOU)
        do {
            var options = JoinOptions()
            options.operationTimeoutSeconds = operationTimeoutSeconds
            let world = try Communicator.join(options)
            defer { world.leave() }
            return try measure(world)
        } catch let error as CollectiveError {
            throw Complaint("\(error)")
        }
    }

    private func measure(_ world: Communicator) throws -> Bool {
        if let root = plan.root, plan.collective.isRooted, root >= world.rankCount {
            throw Complaint(
                "-r expects a rank below \(world.rankCount), not \(root)", exitStatus: 64)
        }
        let cases = plan.cases(rankCount: world.rankCount)
        try Self.checkMemory(for: cases)
        let isReporting = world.rank == 0
        let progress = ProgressLine(isWanted: isReporting)
        if isReporting { try Self.write(header(world)) }
        var runner = BenchRunner(world, plan, cases: cases)
        var results: [BenchResult] = []
        for (index, benchCase) in cases.enumerated() {
            let size = ByteSize.describe(benchCase.byteCount)
            progress.show("\(index + 1) of \(cases.count): \(plan.collective.name) of \(size)")
            let result = try runner.run(benchCase)
            progress.clear()
            results.append(result)
            if isReporting { try Self.write([BenchTable.line(result)]) }
        }
        if isReporting {
            try Self.write(BenchTable.footer(results))
            try writeFiles(BenchReport(context: context(world), results: results))
        }
        return results.allSatisfy { $0.wrongCount == 0 }
    }

    private func header(_ world: Communicator) -> [String] {
        let first =
            "# martlet \(martletVersion) \(plan.collective.name) ranks \(world.rankCount) "
            + "\(plan.sweep.description) warmup iters: \(plan.warmUpCount) "
            + "\(plan.repetitionText) validation: \(plan.checkCount)"
        let places = world.describe().split(separator: "\n").map { "# \($0)" }
        return [first, "#"] + places + ["#"] + BenchTable.header
    }

    private func context(_ world: Communicator) -> BenchContext {
        BenchContext(
            collective: plan.collective, rankCount: world.rankCount, host: Host.name,
            processorCount: Host.usableProcessorCount,
            transport: world.engine.transportSummary,
            algorithm: plan.algorithm?.name ?? "auto", average: plan.average,
            checks: plan.checkCount)
    }

    private func writeFiles(_ report: BenchReport) throws {
        try jsonFile?.write(report.json)
        try csvFile?.write(report.csv)
    }

    /// A slow terminal is waited for, but not a full disk.
    private static func write(_ lines: [String]) throws {
        var rest = Array(lines.map { $0 + "\n" }.joined().utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe FileDescriptor.write(STDOUT_FILENO, bytes)
            }
            rest = rest.dropFirst(try check(count, "write the results"))
        }
    }

    /// The kernel would promise the memory and end the job later.
    private static func checkMemory(for cases: [BenchCase]) throws(Complaint) {
        let largest = cases.map(\.byteCount).max() ?? 0
        let ranks = Host.environment("LOCAL_WORLD_SIZE").flatMap { Int($0) } ?? 1
        let needed = 2 * largest * ranks
        guard let available = availableByteCount, needed > available else { return }
        throw Complaint(
            "buffers of \(ByteSize.describe(largest)) need \(ByteSize.describe(needed)) of memory "
                + "on this host, and \(ByteSize.describe(available)) are available: a smaller -e "
                + "would do")
    }

    private static var availableByteCount: Int? {
        guard let bytes = try? FileDescriptor.contents(of: "/proc/meminfo") else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("MemAvailable:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return kibibytes.map { $0 << 10 }
    }
}
