import ArgumentParser
import Glibc
import Platform

struct LaunchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Run a command as the ranks of a job on this machine.",
        usage: "martlet launch -n RANKS [options] -- COMMAND [ARGUMENT ...]",
        discussion: """
            Every rank gets RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, \
            MASTER_PORT, MARTLET_JOB and MARTLET_JOB_SECRET; rank 0 gets the listening socket \
            behind MASTER_PORT as descriptor MARTLET_LISTEN_FD.

            What ranks write is shown by whole lines, each marked with its rank. A line of more \
            than 64 KiB goes on in a line marked [RANK]+.

            The first rank that fails is named, the others are ended within 2 seconds (SIGTERM, \
            then SIGKILL), and its status is the exit status: 128 + signal when it was killed; \
            127 when there is no such command, 126 when it cannot be run, 124 after --timeout. \
            When all ranks have ended, processes that they left behind are ended too. None \
            outlives the launcher, however that ends.

            SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP and SIGCONT are passed on to the \
            ranks' process groups, SIGUSR1 and SIGUSR2 to the ranks' own processes. The second \
            Ctrl-C kills all ranks at once.
            """)

    enum Binding: String, ExpressibleByArgument, CaseIterable {
        case none, core
    }

    @Option(
        name: [.customShort("n"), .customLong("ranks")],
        help: ArgumentHelp("How many ranks to start, 1 to 4096.", valueName: "ranks"),
        transform: { try OptionValue.integer($0, in: 1...LaunchPlan.rankCountLimit) })
    var rankCount: Int

    @Option(
        name: [.customShort("x"), .customLong("environment")],
        help: ArgumentHelp(
            "Set a variable for every rank. The launcher's own variables reach them anyway.",
            valueName: "name=value"),
        transform: OptionValue.variable)
    var variables: [String] = []

    @Option(
        name: .customLong("bind"),
        help: "core: each rank on a core of its own; there must be enough of them.")
    var binding: Binding = .none

    @Option(
        name: .customLong("stdin-to"),
        help: ArgumentHelp(
            "The rank that reads standard input; the others read /dev/null.", valueName: "rank"),
        transform: { try OptionValue.integer($0, in: 0...(LaunchPlan.rankCountLimit - 1)) })
    var inputRank: Int?

    @Option(
        help: ArgumentHelp(
            "Let ranks write to rank-N.stdout and rank-N.stderr in this directory.",
            valueName: "directory"))
    var outputDirectory: String?

    @Flag(name: .customLong("no-prefix"), help: "Show lines without marking them.")
    var isUnmarked = false

    @Option(
        help: ArgumentHelp("End the job after so many seconds.", valueName: "seconds"),
        transform: OptionValue.seconds)
    var timeout: Double?

    @Argument(parsing: .captureForPassthrough, help: "The command that every rank runs.")
    var command: [String] = []

    func validate() throws {
        guard let name = words.first else {
            throw ValidationError("expected the command to run, as in: martlet launch -n 4 -- CMD")
        }
        guard !name.hasPrefix("-") || command.first == "--" else {
            throw ValidationError("unknown option '\(name)'")
        }
        if let inputRank, inputRank >= rankCount {
            throw ValidationError(
                "--stdin-to expects a rank below \(rankCount), not \(inputRank)")
        }
    }

    func run() throws {
        throw ExitCode(try Complaint.naming("launch") { try Launcher.run(try plan()) })
    }

    private func plan() throws -> LaunchPlan {
        let arguments = OptionValue.bytes(ofLast: words)
        let path = try CommandLookup.resolve(
            arguments[0], searchPath: Host.environment("PATH"))
        var plan = LaunchPlan(rankCount: rankCount, path: path, arguments: arguments)
        plan.variables = variables.map { Array($0.utf8) }
        plan.marksLines = !isUnmarked
        plan.outputDirectory = outputDirectory
        plan.inputRank = inputRank
        plan.processors = binding == .core ? try LaunchPlan.processors(for: rankCount) : nil
        plan.timeoutSeconds = timeout
        return plan
    }

    /// The command, without the separator in front of it.
    private var words: [String] {
        command.first == "--" ? Array(command.dropFirst()) : command
    }
}
