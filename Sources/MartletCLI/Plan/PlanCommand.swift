import ArgumentParser
import Platform
import Schedules
import Topology

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

            With --topology, ranks are numbered host by host: one for each accelerator or, on hosts \
            without any, for each NUMA node. Their places make the rings, one for each rail that \
            all hosts have, and the first ring's order makes the schedule.
            """)

    @Argument(help: "all-reduce, reduce-scatter, all-gather, broadcast, reduce or barrier.")
    var collective: String

    @Option(name: [.customShort("n"), .long], help: "How many ranks, where no hosts are given.")
    var ranks: Int?

    @Option(
        help: ArgumentHelp(
            "The hosts instead: a file from 'lstopo --of xml FILE' for each, commas between them.",
            valueName: "files"))
    var topology: String?

    @Option(help: "The extent in bytes, such as 1M.")
    var bytes: String = "1M"

    @Option(
        help: "Use this algorithm in place of the choice: ring, tree, halving-doubling, direct.")
    var algorithm: String?

    @Option(help: "The root of a broadcast or reduce.")
    var root: Int = 0

    @Option(help: "Whose steps to list; all when there are at most four ranks, else rank 0.")
    var rank: Int?

    @Option(
        name: .customLong("ranks-per-host"),
        help: "Ranks that share a host; by default all, with --topology one per accelerator.")
    var ranksPerHost: Int?

    @Option(help: "Cores of each host; this host's by default.")
    var cores: Int?

    @Option(name: .customLong("plan"), help: "A saved plan, as MARTLET_PLAN makes one.")
    var planPath: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: "Also draw the hosts and their rings, as an SVG picture in this file.")
    var svg: String?

    func run() throws {
        try Complaint.naming("plan") {
            guard svg == nil || topology != nil else {
                throw Complaint("--svg draws hosts, and needs --topology", exitStatus: 64)
            }
            let file = try svg.map { try ReportFile($0, option: "--svg") }
            let request = try request()
            let picture = try file == nil ? nil : request.hosts.map { try HostsPicture($0) }
            let report = try PlanReport(request)
            try StandardOutput.write(json ? report.json : report.text)
            if let picture { try file?.write(picture.document.text) }
        }
    }

    private func request() throws -> PlanReport.Request {
        guard let collective = Collective(name: collective) else {
            throw Complaint(
                "unknown collective '\(collective)', expected one of "
                    + Collective.allCases.map(\.name).joined(separator: ", "), exitStatus: 64)
        }
        guard let byteCount = ByteSize.parse(bytes) else {
            throw Complaint(
                "--bytes is '\(bytes)', expected a size such as \(ByteSize.examples)",
                exitStatus: 64)
        }
        for (name, value) in [("--ranks-per-host", ranksPerHost), ("--cores", cores)] {
            if let value, value < 1 {
                throw Complaint("\(name) is \(value), expected 1 or more", exitStatus: 64)
            }
        }
        let algorithm = try namedAlgorithm(for: collective)
        let hosts = try hosts()
        let count = try hosts?.rankCount ?? rankCount()
        for (name, value) in [("--root", root), ("--rank", rank ?? 0)]
        where !(0..<count).contains(value) {
            throw Complaint("\(name) is \(value), expected 0 to \(count - 1)", exitStatus: 64)
        }
        return PlanReport.Request(
            collective: collective, rankCount: count, byteCount: byteCount, root: root,
            algorithm: algorithm, plan: try plan(rankCount: count, hosts), hosts: hosts,
            listedRanks: rank.map { [$0] } ?? (count <= 4 ? Array(0..<count) : [0]))
    }

    private func rankCount() throws -> Int {
        guard let ranks else {
            throw Complaint("expected --ranks or --topology", exitStatus: 64)
        }
        guard (1...HostsPlan.rankLimit).contains(ranks) else {
            throw Complaint(
                "--ranks is \(ranks), expected 1 to \(HostsPlan.rankLimit)", exitStatus: 64)
        }
        return ranks
    }

    /// The machines of `--topology`; each file is read once, however often it is named.
    private func hosts() throws -> HostsPlan? {
        guard let topology else { return nil }
        guard ranks == nil else {
            throw Complaint("expected --ranks or --topology, not both", exitStatus: 64)
        }
        let paths = topology.split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        guard !paths.contains("") else {
            throw Complaint(
                "--topology is '\(topology)', expected files with commas between them",
                exitStatus: 64)
        }
        HostTopology.prepareProcess()
        var known: [String: HostTopology] = [:]
        let machines = try paths.map { path in
            let machine = try known[path] ?? HostTopology.named(path)
            known[path] = machine
            return (path: path, topology: machine)
        }
        return try HostsPlan(machines, ranksPerHost: ranksPerHost)
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

    private func plan(rankCount: Int, _ hosts: HostsPlan?) throws -> Plan {
        guard let planPath else {
            let most = hosts.map { $0.hosts.map(\.places.count).max() ?? 1 } ?? rankCount
            let fewestCores = hosts?.hosts.map(\.topology.processors.allowed.count).min()
            return Plan(
                rankCount: rankCount,
                table: .unmeasured(
                    ranksPerHost: min(most, ranksPerHost ?? most),
                    coresPerHost: cores ?? fewestCores.map { max(1, $0) }
                        ?? Host.usableProcessorCount),
                order: hosts?.order)
        }
        do {
            let bytes = try FileDescriptor.contents(of: planPath)
            var plan = try Plan(text: String(decoding: bytes, as: UTF8.self))
            if hosts != nil, plan.rankCount != rankCount {
                throw Complaint(
                    "\(planPath) is of \(plan.rankCount) ranks, and --topology makes \(rankCount)",
                    exitStatus: 64)
            }
            plan.rankCount = rankCount
            if let order = plan.order, order.ranks.count != rankCount {
                throw Complaint(
                    "\(planPath) orders \(order.ranks.count) ranks, and --ranks is \(rankCount)",
                    exitStatus: 64)
            }
            plan.order = plan.order ?? hosts?.order
            return plan
        } catch let error as PlanError {
            throw Complaint("\(planPath): \(error)")
        }
    }
}
