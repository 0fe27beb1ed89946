import Platform
import Schedules

/// Everything that `martlet plan` says about a collective.
struct PlanReport {
    struct Request {
        var collective: Collective
        var rankCount: Int
        var byteCount: Int
        var root: Int
        /// The algorithm asked for, nil for the plan's choice.
        var algorithm: Algorithm?
        var plan: Plan
        /// Where the ranks are, if that is known.
        var hosts: HostsPlan?
        /// Ranks whose steps are listed.
        var listedRanks: [Int]
    }

    /// Proofs of larger schedules take longer than people wait.
    static let proofLimit = 1024

    let request: Request
    let choice: Choice
    let profile: Profile
    let proof: Proof?
    let programs: [Program]
    let predictedNanoseconds: Int

    init(_ request: Request) throws {
        self.request = request
        var plan = request.plan
        if let algorithm = request.algorithm { plan.force(algorithm) }
        choice = plan.choose(request.collective, byteCount: request.byteCount)
        profile = Profile(
            collective: request.collective, algorithm: choice.algorithm,
            rankCount: request.rankCount, byteCount: request.byteCount)
        predictedNanoseconds = choice.predictedNanoseconds
        do {
            let pattern = try Pattern(
                collective: request.collective, algorithm: choice.algorithm, root: request.root,
                over: plan.order ?? RankOrder(ascending: request.rankCount),
                segmentCount: choice.algorithm.segmentCount(
                    for: request.collective, rankCount: request.rankCount,
                    byteCount: request.byteCount))
            programs = request.listedRanks.map { pattern.program(of: $0) }
            let isSmall =
                request.rankCount <= Self.proofLimit
                && (choice.algorithm != .direct || request.rankCount <= 128)
            proof = isSmall ? try pattern.prove() : nil
        } catch let error as ScheduleError {
            throw Complaint("\(error)", exitStatus: 64)
        } catch let error as Refutation {
            throw Complaint("the schedule is refuted: \(error)")
        }
    }

    /// Bytes that a listed rank sends.
    func sentByteCount(of program: Program) -> Int {
        program.sentElementCount(in: request.byteCount)
    }

    func receivedByteCount(of program: Program) -> Int {
        program.receivedElementCount(in: request.byteCount)
    }
}

// MARK: - For people

extension PlanReport {
    /// How many steps of a rank are listed for people: a long buffer has thousands, segment by
    /// segment the same.
    private static let stepLimit = 100

    var text: String {
        var lines: [String] = []
        if let hosts = request.hosts {
            lines = hosts.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map(String.init)
            lines += ["", "\(request.collective.name), \(orderWords(hosts)):", ""]
        }
        lines += choice.explanation.split(separator: "\n").map(String.init)
        lines.append("")
        lines.append(proofLine)
        lines.append("steps on the longest path: \(profile.stepCount)")
        for program in programs {
            lines.append(
                "rank \(program.rank): sends \(sentByteCount(of: program)) bytes in "
                    + "\(program.sentMessageCount) messages, receives "
                    + "\(receivedByteCount(of: program)) bytes")
        }
        for program in programs {
            lines.append("")
            lines.append(program.text(stepLimit: Self.stepLimit))
        }
        if programs.contains(where: { $0.steps.count > Self.stepLimit }) {
            lines += ["", "--json lists all steps"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func orderWords(_ hosts: HostsPlan) -> String {
        request.plan.order == hosts.order
            ? "in the order of channel 0"
            : "in the order of the saved plan: \(request.plan.order?.description ?? "")"
    }

    private var proofLine: String {
        guard let proof else {
            return "not proved here: with \(request.rankCount) ranks the proof takes minutes; the "
                + "same pattern is proved for fewer"
        }
        let waiting =
            proof.lending == .none
            ? "no cycle of waits even where links hold nothing"
            : "no cycle of waits where a link holds one segment"
        return "proved over all \(proof.rankCount) ranks, in place and out of place: every element "
            + "once from each rank, the same bits everywhere, nothing overwritten early, \(waiting) "
            + "(\(proof.programStepCount) steps, \(proof.messageCount) messages)"
    }
}

// MARK: - For programs

extension PlanReport {
    /// One object; a program in it stands on one line.
    var json: String {
        var members: [(String, JSONValue)] = [
            ("schema", .string("martlet-plan/1")),
            ("collective", .string(request.collective.name)),
            ("rankCount", .integer(request.rankCount)),
            ("byteCount", .integer(request.byteCount)),
            ("algorithm", .string(choice.algorithm.name)),
            ("isForced", .boolean(choice.isForced)),
            ("stepCount", .integer(profile.stepCount)),
            ("predictedNanoseconds", .integer(predictedNanoseconds)),
            ("isProved", .boolean(proof != nil)),
            ("candidates", .array(choice.candidates.map(Self.json))),
            ("ranks", .array(programs.map(json))),
        ]
        if let hosts = request.hosts {
            let order = (request.plan.order ?? hosts.order).hosts
            members.append(
                ("order", .array(order.map { .array($0.map(JSONValue.integer)) })))
            members += hosts.members
        }
        return JSONValue.object(members).text + "\n"
    }

    private static func json(_ candidate: Choice.Candidate) -> JSONValue {
        .object([
            ("algorithm", .string(candidate.algorithm.name)),
            ("predictedNanoseconds", .integer(candidate.prediction.nanoseconds)),
            ("stepCount", .integer(candidate.profile.stepCount)),
            ("busiestByteCount", .integer(candidate.profile.busiestByteCount)),
        ])
    }

    private func json(_ program: Program) -> JSONValue {
        .object([
            ("rank", .integer(program.rank)),
            ("sentByteCount", .integer(sentByteCount(of: program))),
            ("receivedByteCount", .integer(receivedByteCount(of: program))),
            ("program", .written(program.json)),
        ])
    }
}
