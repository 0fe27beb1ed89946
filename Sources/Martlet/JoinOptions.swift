internal import Bootstrap
internal import Liveness
internal import Platform
public import Schedules

/// How a process joins its job. What is nil comes from the environment: `RANK`, `WORLD_SIZE`,
/// `LOCAL_RANK`, `MASTER_ADDR` and `MASTER_PORT` as torchrun and `martlet launch` set them, or the
/// `MARTLET_…` variables of the same meaning, which are stronger.
public struct JoinOptions: Sendable {
    /// This process's position, `0 ..< rankCount`.
    public var rank: Int?
    public var rankCount: Int?
    /// Where the ranks meet: `host:port`, at which rank 0 listens, or `file:/path`, a file that
    /// all ranks see.
    public var meeting: String?
    /// Names the job; ranks of other jobs are refused.
    public var job: String?
    /// At least 16 bytes that only the job's ranks know. Without one, only loopback is served.
    public var secret: [UInt8]?
    /// How long to wait for the others, in seconds (30 by default).
    public var timeoutSeconds: Double?
    /// How long one operation may take, in seconds (300 by default).
    public var operationTimeoutSeconds: Double?
    /// The interface that other ranks reach this one on: a name or a network such as
    /// `10.0.0.0/16`. By default the one that the route to rank 0 uses.
    public var interface: String?
    /// Carries every collective that it can carry, in place of the choice by cost.
    public var algorithm: Algorithm?
    /// Whether all ranks agree on each operation before anything of it moves; costs a barrier per
    /// operation (also `MARTLET_STRICT=1`). Alike on all ranks.
    public var isStrict: Bool?
    /// A saved plan to use instead of measuring (also `MARTLET_PLAN`); rank 0's counts.
    public var planPath: String?

    public init() {}
}

extension JoinOptions {
    /// Only this process.
    public static var alone: JoinOptions {
        var options = JoinOptions()
        options.rank = 0
        options.rankCount = 1
        return options
    }

    /// The configuration of the meeting: explicit where given, else from the environment.
    func meetingConfiguration() throws(CollectiveError) -> JoinConfiguration {
        var overrides: [String: String] = [:]
        overrides["MARTLET_RANK"] = rank.map(String.init)
        overrides["MARTLET_RANK_COUNT"] = rankCount.map(String.init)
        overrides["MARTLET_MEETING"] = meeting
        overrides["MARTLET_JOB"] = job
        overrides["MARTLET_JOB_SECRET"] = secret.map(Self.hexadecimal)
        overrides["MARTLET_TIMEOUT_SECONDS"] = timeoutSeconds.map { "\($0)" }
        overrides["MARTLET_INTERFACE"] = interface
        do {
            return try JoinConfiguration.fromEnvironment(.process.setting(overrides))
        } catch {
            throw CollectiveError(error)
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The times that a world runs with, in seconds.
    func times() throws(CollectiveError) -> World.Times {
        World.Times(
            operationSeconds: try Self.seconds(
                operationTimeoutSeconds, "MARTLET_OPERATION_TIMEOUT_SECONDS", default: 300),
            silenceSeconds: try Self.seconds(nil, "MARTLET_SILENCE_SECONDS", default: 5))
    }

    private static func seconds(
        _ given: Double?, _ name: String, default standard: Double
    ) throws(CollectiveError) -> Double {
        if let given { return given }
        guard let text = Host.environment(name) else { return standard }
        guard let seconds = Double(text), seconds > 0, seconds < 1e8 else {
            throw CollectiveError(
                .invalidArgument, "\(name) is \"\(text)\", not a number of seconds above 0",
                phase: .joining)
        }
        return seconds
    }

    /// Whether operations are agreed on first, here or by `MARTLET_STRICT`.
    func strictness() throws(CollectiveError) -> Bool {
        if let isStrict { return isStrict }
        switch Host.environment("MARTLET_STRICT") {
        case nil, "0": return false
        case "1": return true
        case .some(let text):
            throw CollectiveError(
                .invalidArgument, "MARTLET_STRICT is \"\(text)\", expected 1 or 0", phase: .joining)
        }
    }

    /// The algorithm asked for, here or by `MARTLET_ALGORITHM`.
    func forcedAlgorithm() throws(CollectiveError) -> Algorithm? {
        if let algorithm { return algorithm }
        guard let text = Host.environment("MARTLET_ALGORITHM"), text != "auto" else { return nil }
        guard let algorithm = Algorithm(name: text) else {
            let names = Algorithm.allCases.map(\.name).joined(separator: ", ")
            throw CollectiveError(
                .invalidArgument,
                "MARTLET_ALGORITHM is \"\(text)\", expected auto or one of \(names)",
                phase: .joining)
        }
        return algorithm
    }
}

extension CollectiveError {
    /// A failed meeting as callers of the library see it.
    init(_ error: BootstrapError) {
        self.init(
            error.code == .invalidConfiguration ? .invalidArgument : .notJoined, "\(error)",
            culprit: error.culprit, phase: .joining, errorNumber: error.systemCode ?? 0)
    }
}
