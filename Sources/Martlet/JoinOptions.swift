internal import Bootstrap
internal import Liveness
public import Schedules

/// How a process joins its job. What is nil comes from the environment: `RANK`, `WORLD_SIZE`,
/// `MASTER_ADDR` and `MASTER_PORT` as torchrun and `martlet launch` set them, or the `MARTLET_…`
/// variables of the same meaning, which are stronger. A process that has none of them is alone.
///
/// A value outside of what is said here makes `join` throw `invalidArgument`, naming the option.
public struct JoinOptions: Sendable {
    /// This process's position, `0 ..< rankCount`.
    public var rank: Int?
    /// How many ranks the job has, 1 to 65,536.
    public var rankCount: Int?
    /// Where the ranks meet: `host:port` or `[IPv6]:port`, at which rank 0 listens, or `file:/path`,
    /// a file that all ranks see and rank 0 writes.
    public var meeting: String?
    /// Names the job, in 1 to 64 printable bytes; ranks of other jobs are refused.
    public var job: String?
    /// Counts the starts of the job, 0 to 4,294,967,295; ranks of another epoch are refused. After a
    /// failure the ranks that go on join again with the next epoch.
    public var epoch: Int?
    /// 16 to 1,024 bytes that only the job's ranks know. Without a secret only processes of one host
    /// may meet.
    public var secret: [UInt8]?
    /// How long to wait for the others, 0.1 to 86,400 seconds (30 by default).
    public var timeoutSeconds: Double?
    /// How long one operation may take, 0.001 to 1e8 seconds (300 by default). It runs from where the
    /// operation first has to wait; opening links, and the round of strict mode, have as much of
    /// their own.
    public var operationTimeoutSeconds: Double?
    /// The interface that other ranks reach this one on: a name or a network such as
    /// `10.0.0.0/16`. By default the one that the route to rank 0 uses.
    public var interface: String?
    /// Carries every collective that it can carry, in place of the choice by cost. Alike on all
    /// ranks.
    public var algorithm: Algorithm?
    /// Whether all ranks agree on each operation before anything of it moves; costs a barrier per
    /// operation (also `MARTLET_STRICT=1`). Alike on all ranks.
    public var isStrict: Bool?
    /// A file with the plan (also `MARTLET_PLAN`); rank 0's counts. Where there is one it is used in
    /// place of measuring; where there is none, it is written with what was measured.
    public var planPath: String?
    /// Which transports may carry this rank's links, and which must (also `MARTLET_TRANSPORT`).
    public var transports: TransportPolicy?

    /// Everything from the environment.
    public init() {}
}

extension JoinOptions {
    /// Only this process, whatever the environment says of rank and number.
    public static var alone: JoinOptions {
        var options = JoinOptions()
        options.rank = 0
        options.rankCount = 1
        return options
    }

    /// The configuration of the meeting: what is given here, and the environment for the rest.
    func meetingConfiguration(
        _ environment: Environment = .process
    ) throws(CollectiveError) -> JoinConfiguration {
        var options = JoinConfigurationOptions()
        options.rank = rank
        options.rankCount = rankCount
        options.meeting = meeting
        options.job = job
        options.epoch = epoch
        options.secret = secret
        options.timeoutSeconds = timeoutSeconds
        options.interface = interface
        do {
            return try JoinConfiguration.fromEnvironment(environment, options: options)
        } catch {
            throw CollectiveError(error)
        }
    }

    /// The times that a world runs with, in seconds.
    func times(_ environment: Environment = .process) throws(CollectiveError) -> World.Times {
        do {
            let operation = try environment.seconds(
                operationTimeoutSeconds, "operationTimeoutSeconds",
                else: "MARTLET_OPERATION_TIMEOUT_SECONDS", in: JoinLimits.operationTimeoutSeconds)
            let silence = try environment.seconds(
                "MARTLET_SILENCE_SECONDS", in: JoinLimits.silenceSeconds)
            return World.Times(operationSeconds: operation ?? 300, silenceSeconds: silence ?? 5)
        } catch {
            throw CollectiveError(error)
        }
    }

    /// What this rank demands of how operations run.
    func demands(_ environment: Environment = .process) throws(CollectiveError) -> World.Demands {
        var demands = World.Demands(algorithm: algorithm, isStrict: isStrict ?? false)
        do {
            if isStrict == nil {
                demands.isStrict = try environment.boolean("MARTLET_STRICT") ?? false
            }
            if algorithm == nil { demands.algorithm = try Algorithm.fromEnvironment(environment) }
        } catch {
            throw CollectiveError(error)
        }
        return demands
    }

    /// Which transports may carry this rank's links.
    func policy(_ environment: Environment = .process) throws(CollectiveError) -> TransportPolicy {
        if let transports {
            guard transports.isPossible else {
                throw CollectiveError(
                    .invalidArgument,
                    "the option transports contradicts itself: \(transports.text)", phase: .joining)
            }
            return transports
        }
        do {
            return try TransportPolicy.fromEnvironment(environment)
        } catch {
            throw CollectiveError(error)
        }
    }

    /// Where a plan is loaded from, or saved.
    func planFile(_ environment: Environment = .process) -> String? {
        planPath ?? environment["MARTLET_PLAN"]
    }
}

extension Algorithm {
    /// The algorithm that the environment asks for, nil for the choice by cost.
    fileprivate static func fromEnvironment(
        _ environment: Environment
    ) throws(BootstrapError) -> Algorithm? {
        let name = "MARTLET_ALGORITHM"
        guard let text = environment[name], text != "auto" else { return nil }
        guard let algorithm = Algorithm(name: text) else {
            let names = Algorithm.allCases.map(\.name).joined(separator: ", ")
            throw .wrong(name, text, expected: "auto or one of \(names)")
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
