import ArgumentParser
import Platform
import Schedules

/// `martlet plan`: what a collective would do, the proof that it is right, and what it costs.
/// Nothing is run and nobody is met.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show a collective's schedule, its proof and its predicted time.",
        discussion: """
            Sizes are those of the whole extent: the buffer of an all-reduce, the output of an \
            all-gather, the input of a reduce-scatter. They may end in K, M, G or T (powers of 1024).

            Predictions come from a saved plan (--plan), or from figures of a small server over \
            TCP where nothing was measured.
            """)

    @Argument(help: "all-reduce, reduce-scatter, all-gather, broadcast, reduce or barrier.")
    var collective: String

    @Option(name: [.customShort("n"), .long], help: "How many ranks.")
    var ranks: Int

    @Option(help: "The extent in bytes, such as 1M.")
    var bytes: String = "1M"

    @Option(
        help: "Use this algorithm in place of the choice: ring, tree, halving-doubling, direct.")
    var algorithm: String?

    @Option(help: "The root of a broadcast or reduce.")
    var root: Int = 0

    @Option(help: "Whose steps to list; all when there are at most four ranks, else rank 0.")
    var rank: Int?

    @Option(name: .customLong("ranks-per-host"), help: "Ranks that share a host; all by default.")
    var ranksPerHost: Int?

    @Option(help: "Cores of each host; this host's by default.")
    var cores: Int?

    @Option(name: .customLong("plan"), help: "A saved plan, as MARTLET_PLAN makes one.")
    var planPath: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try Complaint.naming("plan") {
            let report = try PlanReport(request())
            print(json ? report.json : report.text, terminator: "")
        }
    }

    private func request() throws -> PlanReport.Request {
        guard let collective = Collective(name: collective) else {
            throw Complaint(
                "unknown collective '\(collective)', expected one of "
                    + Collective.allCases.map(\.name).joined(separator: ", "), exitStatus: 64)
        }
        guard (1...65_536).contains(ranks) else {
            throw Complaint(
                "--ranks is \(ranks), expected 1 to 65536", exitStatus: 64)
        }
        guard let byteCount = ByteSize.parse(bytes) else {
            throw Complaint(
                "--bytes is '\(bytes)', expected a size such as \(ByteSize.examples)",
                exitStatus: 64)
        }
        for (name, value) in [("--root", root), ("--rank", rank ?? 0)]
        where !(0..<ranks).contains(value) {
            throw Complaint("\(name) is \(value), expected 0 to \(ranks - 1)", exitStatus: 64)
        }
        for (name, value) in [("--ranks-per-host", ranksPerHost), ("--cores", cores)] {
            if let value, value < 1 {
                throw Complaint("\(name) is \(value), expected 1 or more", exitStatus: 64)
            }
        }
        return PlanReport.Request(
            collective: collective, rankCount: ranks, byteCount: byteCount, root: root,
            algorithm: try namedAlgorithm(for: collective), plan: try plan(),
            listedRanks: rank.map { [$0] } ?? (ranks <= 4 ? Array(0..<ranks) : [0]))
    }

    private func namedAlgorithm(for collective: Collective) throws -> Algorithm? {
        guard let name = algorithm else { return nil }
        let able = Algorithm.available(for: collective)
        guard let algorithm = Algorithm(name: name), able.contains(algorithm) else {
            throw Complaint(
                "\(collective.name) cannot go by '\(name)', expected one of "
                    + able.map(\.name).joined(separator: ", "), exitStatus: 64)
        }
        return algorithm
    }

    private func plan() throws -> Plan {
        guard let planPath else {
            return Plan(
                rankCount: ranks,
                table: .unmeasured(
                    ranksPerHost: min(ranks, ranksPerHost ?? ranks),
                    coresPerHost: cores ?? Host.usableProcessorCount))
        }
        do {
            let bytes = try FileDescriptor.contents(of: planPath)
            var plan = try Plan(text: String(decoding: bytes, as: UTF8.self))
            plan.rankCount = ranks
            if let order = plan.order, order.ranks.count != ranks {
                throw Complaint(
                    "\(planPath) orders \(order.ranks.count) ranks, and --ranks is \(ranks)",
                    exitStatus: 64)
            }
            return plan
        } catch let error as PlanError {
            throw Complaint("\(planPath): \(error)")
        }
    }
}
