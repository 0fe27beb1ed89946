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
    let plotFile: ReportFile?

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
        var context = try context(world)
        if isReporting { try Self.write(header(world)) }
        var runner = BenchRunner(world, plan, cases: cases)
        var results: [BenchResult] = []
        for (index, benchCase) in cases.enumerated() {
            let size = ByteSize.describe(benchCase.byteCount)
            progress.show("\(index + 1) of \(cases.count): \(plan.collective.name) of \(size)")
            let result = try runner.run(benchCase)
            progress.clear()
            results.append(result)
            if isReporting { try Self.write([line(result)]) }
        }
        if isReporting {
            try Self.write(BenchTable.footer(results))
            // Calls opened the links.
            context.transport = world.engine.transportSummary
            try writeFiles(BenchReport(context: context, results: results))
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

    private func line(_ result: BenchResult) -> String {
        BenchTable.line(result, namesChoice: plan.algorithms.count > 1)
    }

    private func context(_ world: Communicator) throws(CollectiveError) -> BenchContext {
        BenchContext(
            collective: plan.collective, rankCount: world.rankCount, host: Host.name,
            hostCount: try Self.hostCount(world), date: Self.date,
            processorCount: Host.usableProcessorCount,
            transport: world.engine.transportSummary,
            algorithm: plan.algorithms.map { $0?.name ?? "auto" }.joined(separator: ","),
            average: plan.average, checks: plan.checkCount)
    }

    private static func hostCount(_ world: Communicator) throws(CollectiveError) -> Int {
        // FNV-1a; every boot of a machine has an identifier of its own.
        let hash = Host.bootIdentifier.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return Set(try world.allGather([hash])).count
    }

    private static var date: String {
        var (seconds, parts) = unsafe (time(nil), tm())
        unsafe gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        _ = unsafe strftime(&text, text.count, "%Y-%m-%d %H:%M UTC", &parts)
        return String(terminated: text)
    }

    private func writeFiles(_ report: BenchReport) throws {
        // One that fails must not keep the others from being written.
        let writes: [(ReportFile?, () -> String)] = [
            (jsonFile, { report.json }), (csvFile, { report.csv }),
            (plotFile, { BenchPlot(report).document.text }),
        ]
        var failures: [Complaint] = []
        for (file, text) in writes {
            do { try file?.write(text()) } catch { failures.append(error) }
        }
        if let failure = failures.first { throw failure }
    }

    private static func write(_ lines: [String]) throws {
        try StandardOutput.write(lines.map { $0 + "\n" }.joined())
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
