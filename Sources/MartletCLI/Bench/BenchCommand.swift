import ArgumentParser
import Glibc
import Martlet
import Platform
import Schedules

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a collective, with the flags and the columns of nccl-tests.",
        usage: "martlet bench COLLECTIVE [--ranks RANKS] [options]",
        discussion: """
            Runs as a rank of a job (martlet launch -n 4 --no-prefix -- martlet bench all-reduce), \
            or launches all ranks on this machine itself (martlet bench all-reduce --ranks 4).

            Sizes: without -b, -e and --sizes from 8 B to 64 MiB by factors of 4; with -b or -e as \
            nccl-tests does it. The size of all-gather and reduce-scatter is that of all parts \
            together; at least one element (per part) is always sent.

            Times: after the warm-up and one barrier, calls follow each other without a pause, and \
            every rank reads the clock between two calls. As in nccl-tests, time is the mean over \
            iterations and ranks (see -a), algbw is size / time, and busbw is algbw times what a \
            rank has at least to send: 2(n-1)/n for all-reduce, (n-1)/n for all-gather and \
            reduce-scatter, 1 for broadcast and reduce. p50 and p99 are over the iterations of \
            rank 0. Every iteration uses the same buffers, so caches are as warm as they get. The \
            root of a broadcast waits for nobody, nor do the leaves of a reduce: their iterations \
            overlap.

            Results are checked bit by bit after each size, on calls of their own; #wrong counts \
            elements on all ranks. The exit status is 1 when any is wrong.
            """)

    @Argument(
        help: "all-reduce, reduce-scatter, all-gather, broadcast, reduce or barrier.",
        transform: BenchValue.collective)
    var collective: Collective

    @Option(
        help: "Launch so many ranks on this machine.",
        transform: { try OptionValue.integer($0, in: 1...LaunchPlan.rankCountLimit) })
    var ranks: Int?

    @Option(
        name: .customLong("bind"),
        help: "With --ranks, core: each rank on a core of its own.")
    var binding: LaunchCommand.Binding = .none

    @Option(
        name: [.customShort("b"), .customLong("minbytes")],
        help: ArgumentHelp("First size, such as 8, 64K or 1.5M (32M).", valueName: "size"),
        transform: BenchValue.size)
    var minimumByteCount: Int?

    @Option(
        name: [.customShort("e"), .customLong("maxbytes")],
        help: ArgumentHelp("Last size (32M).", valueName: "size"), transform: BenchValue.size)
    var maximumByteCount: Int?

    @Option(
        name: [.customShort("i"), .customLong("stepbytes")],
        help: ArgumentHelp("Bytes from one size to the next (1M).", valueName: "size"),
        transform: BenchValue.positiveSize)
    var stepByteCount: Int?

    @Option(
        name: [.customShort("f"), .customLong("stepfactor")],
        help: ArgumentHelp("Factor from one size to the next, instead of -i.", valueName: "factor"),
        transform: { try OptionValue.integer($0, in: 2...1 << 20) })
    var stepFactor: Int?

    @Option(
        help: ArgumentHelp("Exactly these sizes, such as 8,1K,64K,1M.", valueName: "sizes"),
        transform: BenchValue.sizes)
    var sizes: [Int]?

    @Option(
        name: [.customShort("n"), .customLong("iters")],
        help: ArgumentHelp("Timed calls per size.", valueName: "count"),
        transform: { try OptionValue.integer($0, in: 1...10_000_000) })
    var iterations: Int?

    @Option(
        help: ArgumentHelp(
            "Time as many calls per size as take so long, from 10 to 100000 (250).",
            valueName: "ms"),
        transform: BenchValue.milliseconds)
    var budgetMilliseconds: Double?

    @Option(
        name: [.customShort("w"), .customLong("warmup_iters")],
        help: ArgumentHelp("Calls before that, per size.", valueName: "count"),
        transform: { try OptionValue.integer($0, in: 0...1_000_000) })
    var warmUpCount: Int = 5

    @Option(
        name: [.customShort("c"), .customLong("check")],
        help: ArgumentHelp("Checked calls per size; 0 checks nothing.", valueName: "count"),
        transform: { try OptionValue.integer($0, in: 0...1_000_000) })
    var checkCount: Int = 1

    @Option(
        name: [.customShort("d"), .customLong("datatype")],
        help: ArgumentHelp(
            "int8 uint8 int32 uint32 int64 uint64 half bfloat16 float double, or all.",
            valueName: "type"),
        transform: BenchValue.types)
    var types: [DataType] = [.float32]

    @Option(
        name: [.customShort("o"), .customLong("op")],
        help: ArgumentHelp("sum prod min max avg, or all.", valueName: "operation"),
        transform: BenchValue.operations)
    var operations: [ReductionOperation] = [.sum]

    @Option(
        name: [.customShort("r"), .customLong("root")],
        help: ArgumentHelp("Root of broadcast and reduce, or all.", valueName: "rank"),
        transform: BenchValue.root)
    var root: BenchValue.Root = .rank(0)

    @Option(
        name: [.customShort("a"), .customLong("average")],
        help: ArgumentHelp(
            "The ranks' times as one: 0 rank 0's, 1 mean, 2 minimum, 3 maximum.",
            valueName: "number"),
        transform: BenchValue.average)
    var average: TimeAverage = .mean

    @Option(
        name: .customLong("algorithm"),
        help: ArgumentHelp(
            "auto, ring, tree, halving-doubling, direct, star, several with commas, or all.",
            valueName: "algorithms"),
        transform: BenchValue.algorithms)
    var algorithms: [BenchValue.AlgorithmChoice] = [.automatic]

    @Option(
        help: ArgumentHelp(
            "shm or tcp alone, or a policy such as shm=prefer,tcp=forbid (MARTLET_TRANSPORT, or auto).",
            valueName: "policy"),
        transform: BenchValue.transport)
    var transport: TransportPolicy?

    @Flag(help: "Do not measure out-of-place calls.")
    var inPlaceOnly = false

    @Option(
        name: [.customShort("T"), .customLong("timeout")],
        help: ArgumentHelp("Seconds that one call may take (300).", valueName: "seconds"),
        transform: OptionValue.seconds)
    var timeoutSeconds: Double?

    @Option(help: ArgumentHelp("Write the results as JSON too.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write the results as CSV too.", valueName: "file"))
    var csv: String?

    @Option(
        help: ArgumentHelp(
            "Draw latency and bandwidth over size too, as SVG, a curve per algorithm.",
            valueName: "file"))
    var plot: String?

    /// Set by `--ranks` for the ranks that it launches.
    @Flag(help: .hidden)
    var launched = false

    func validate() throws {
        let ranged = minimumByteCount ?? maximumByteCount ?? stepByteCount ?? stepFactor
        if sizes != nil && ranged != nil {
            throw ValidationError("--sizes replaces -b, -e, -i and -f: give either")
        }
        if stepByteCount != nil && stepFactor != nil {
            throw ValidationError("expected -i or -f, not both")
        }
        if iterations != nil && budgetMilliseconds != nil {
            throw ValidationError("expected -n or --budget-milliseconds, not both")
        }
        let (low, high) = (minimumByteCount ?? 32 << 20, maximumByteCount ?? 32 << 20)
        if ranged != nil && low > high {
            throw ValidationError(
                "-b expects at most the -e of \(ByteSize.describe(high)), not "
                    + ByteSize.describe(low))
        }
        if sweep.byteCounts.count > SizeSweep.countLimit {
            throw ValidationError("more than \(SizeSweep.countLimit) sizes: a larger -i would do")
        }
        if binding != .none && ranks == nil {
            throw ValidationError("--bind needs --ranks; otherwise the launcher binds")
        }
        if plot != nil && collective == .barrier {
            throw ValidationError("--plot draws over sizes, and a barrier has none")
        }
        try validateAlgorithms()
        if let ranks, case .rank(let root) = root, root >= ranks, collective.isRooted {
            throw ValidationError("-r expects a rank below \(ranks), not \(root)")
        }
    }

    func run() throws {
        let isRight = try Complaint.naming("bench") {
            // Before anything is measured, so that nothing is measured in vain.
            let jsonFile = try isWriter ? json.map { try ReportFile($0, option: "--json") } : nil
            let csvFile = try isWriter ? csv.map { try ReportFile($0, option: "--csv") } : nil
            let plotFile = try isWriter ? plot.map { try ReportFile($0, option: "--plot") } : nil
            if let ranks, !launched { throw ExitCode(try Launcher.run(try launchPlan(ranks))) }
            return try BenchSession(
                plan: plan, operationTimeoutSeconds: timeoutSeconds, transports: transport,
                jsonFile: jsonFile,
                csvFile: csvFile, plotFile: plotFile
            ).run()
        }
        if !isRight { throw ExitCode(1) }
    }

    /// Rank 0 writes the files, and so it is the one that tries them.
    private var isWriter: Bool {
        (Host.environment("MARTLET_RANK") ?? Host.environment("RANK") ?? "0") == "0"
    }
}

extension BenchCommand {
    private var sweep: SizeSweep {
        if let sizes { return .list(sizes) }
        guard let first = minimumByteCount ?? maximumByteCount ?? stepByteCount ?? stepFactor,
            first >= 0
        else { return .factors(8...(64 << 20), factor: 4) }
        let low = minimumByteCount ?? 32 << 20
        let range = low...max(low, maximumByteCount ?? 32 << 20)
        if let stepFactor { return .factors(range, factor: stepFactor) }
        return .steps(range, byteCount: stepByteCount ?? 1 << 20)
    }

    private func validateAlgorithms() throws {
        let usable = Algorithm.available(for: collective)
        for case .chosen(let algorithm) in algorithms where !usable.contains(algorithm) {
            let names = usable.map(\.name).joined(separator: ", ")
            throw ValidationError(
                "--algorithm expects one that carries \(collective.name) (\(names)), not "
                    + algorithm.name)
        }
    }

    private var plan: BenchPlan {
        var chosenRoot: Int?
        if case .rank(let rank) = root { chosenRoot = rank }
        return BenchPlan(
            collective: collective, sweep: sweep, types: types, operations: operations,
            root: chosenRoot,
            repetition: iterations.map { .iterations($0) }
                ?? .budget(milliseconds: budgetMilliseconds ?? 250),
            warmUpCount: warmUpCount, checkCount: checkCount, average: average,
            measuresOutOfPlace: !inPlaceOnly,
            algorithms: BenchValue.expand(algorithms, for: collective))
    }

    /// This very command once more, as every rank of a job.
    private func launchPlan(_ rankCount: Int) throws -> LaunchPlan {
        if Host.environment("WORLD_SIZE") != nil || Host.environment("MARTLET_RANK_COUNT") != nil {
            throw Complaint(
                "--ranks launches the ranks itself, and this is a rank of a job already",
                exitStatus: 64)
        }
        var arguments = OptionValue.bytes(ofLast: CommandLine.arguments)
        arguments.append(Array("--launched".utf8))
        var plan = LaunchPlan(
            rankCount: rankCount, path: Array(try Host.executablePath().utf8), arguments: arguments)
        plan.marksLines = false
        plan.directRank = 0
        plan.processors = binding == .core ? try LaunchPlan.processors(for: rankCount) : nil
        return plan
    }
}
