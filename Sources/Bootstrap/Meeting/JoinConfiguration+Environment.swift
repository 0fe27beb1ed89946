internal import Platform

extension JoinConfiguration {
    /// From torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT) and ours,
    /// which win, but for what the program itself says: the variables of that are not looked at. A
    /// process that has nothing of either is alone.
    package static func fromEnvironment(
        _ environment: Environment = .process, options: JoinConfigurationOptions = .init()
    ) throws(BootstrapError) -> JoinConfiguration {
        try checkLog(environment)
        let credentials = try Credentials.fromEnvironment(
            environment, job: options.job, secret: options.secret)
        let count = try number(
            options.rankCount, "rankCount", environment, ["MARTLET_RANK_COUNT", "WORLD_SIZE"],
            in: JoinLimits.rankCounts)
        let rank = try number(
            options.rank, "rank", environment, ["MARTLET_RANK", "RANK"], in: JoinLimits.ranks)
        var configuration = alone(credentials: credentials)
        configuration.rankCount = count?.value ?? 1
        configuration.rank = rank?.value ?? 0
        try checkPair(rank: rank, count: count)
        configuration.localRank = try environment.integer("LOCAL_RANK", in: JoinLimits.ranks)
        configuration.place = try MeetingPlace.given(options.meeting, environment)
        configuration.inheritedListener =
            try environment.integer("MARTLET_LISTEN_FD", in: 3...1 << 20)
            .map { .named(Int32($0)) }
        configuration.epoch = UInt32(
            try number(
                options.epoch, "epoch", environment,
                ["MARTLET_EPOCH", "TORCHELASTIC_RESTART_COUNT"], in: JoinLimits.epochs)?.value ?? 0)
        configuration.timeoutSeconds =
            try environment.seconds(
                options.timeoutSeconds, "timeoutSeconds", else: "MARTLET_TIMEOUT_SECONDS",
                in: JoinLimits.timeoutSeconds) ?? 30
        configuration.interface = try interface(options.interface, environment)
        try configuration.validate()
        return configuration
    }

    /// The option where it is given, else the first of the variables that is set.
    private static func number(
        _ option: Int?, _ name: String, _ environment: Environment, _ variables: [String],
        in range: ClosedRange<Int>
    ) throws(BootstrapError) -> Environment.Number? {
        guard let option else { return try environment.first(variables, in: range) }
        guard range.contains(option) else {
            throw .wrong(option: name, "\(option)", expected: range.numberText)
        }
        return Environment.Number(name: "the option \(name)", value: option)
    }

    private static func checkPair(
        rank: Environment.Number?, count: Environment.Number?
    ) throws(BootstrapError) {
        if let rank, count == nil {
            throw BootstrapError(
                .invalidConfiguration,
                "\(rank.name) is '\(rank.value)' but neither the option rankCount nor "
                    + "MARTLET_RANK_COUNT nor WORLD_SIZE is set", phase: .configuration)
        }
        if let count, rank == nil, count.value > 1 {
            throw BootstrapError(
                .invalidConfiguration,
                "\(count.name) is '\(count.value)' but neither the option rank nor MARTLET_RANK nor "
                    + "RANK is set", phase: .configuration)
        }
        if let rank, let count, rank.value >= count.value {
            throw .wrong(
                rank.name, String(rank.value),
                expected: "a number below \(count.name), which is \(count.value)")
        }
    }

    private static func interface(
        _ option: String?, _ environment: Environment
    ) throws(BootstrapError) -> InterfaceChoice? {
        let name = option == nil ? "MARTLET_INTERFACE" : "the option interface"
        guard let text = option ?? environment["MARTLET_INTERFACE"] else { return nil }
        guard let choice = InterfaceChoice(text, source: name) else {
            throw .wrong(
                name, text, expected: "an interface such as eth0 or a network such as 10.0.0.0/8")
        }
        return choice
    }

    /// The level of the log is read before anybody joins, where nobody could be told.
    private static func checkLog(_ environment: Environment) throws(BootstrapError) {
        let name = "MARTLET_LOG"
        guard let text = environment[name], Log.Level(name: text) == nil else { return }
        throw .wrong(name, text, expected: "error, warning, info or debug")
    }
}

extension MeetingPlace {
    private static let forms = "host:port, [IPv6]:port or file:/path"

    /// The place that the program itself gave, else the environment's.
    static func given(
        _ option: String?, _ environment: Environment
    ) throws(BootstrapError) -> MeetingPlace? {
        guard let option else { return try fromEnvironment(environment) }
        guard let place = MeetingPlace(option) else {
            throw .wrong(option: "meeting", option, expected: forms)
        }
        return place
    }

    static func fromEnvironment(
        _ environment: Environment
    ) throws(BootstrapError) -> MeetingPlace? {
        if let text = environment["MARTLET_MEETING"] {
            guard let place = MeetingPlace(text) else {
                throw .wrong("MARTLET_MEETING", text, expected: forms)
            }
            return place
        }
        guard let host = environment["MASTER_ADDR"] else { return nil }
        guard var port = try environment.integer("MASTER_PORT", in: 1...65_535) else {
            throw BootstrapError(
                .invalidConfiguration,
                "MASTER_ADDR is '\(host.printable)' but MASTER_PORT is not set",
                phase: .configuration)
        }
        if try environment.boolean("TORCHELASTIC_USE_AGENT_STORE") == true {
            // torchrun's agent itself listens on MASTER_PORT then, for PyTorch's store.
            guard port < 65_535 else {
                throw .wrong("MASTER_PORT", "65535", expected: "a port below it: the next is used")
            }
            port += 1
            Log.write(
                .info, "torchrun's agent owns MASTER_PORT \(port - 1): meeting at port \(port)")
        }
        return .address(host: host, port: UInt16(port))
    }

    /// `host:port`, `[IPv6]:port` or `file:/path`.
    package init?(_ text: String) {
        if text.hasPrefix("file:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), !path.utf8.contains(0) else { return nil }
            self = .file(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = UInt16(text[text.index(after: colon)...]), port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self = .address(host: String(host), port: port)
    }
}

extension Environment {
    struct Number {
        var name: String
        var value: Int
    }

    /// The first of these variables that is set.
    func first(
        _ names: [String], in range: ClosedRange<Int>
    ) throws(BootstrapError) -> Number? {
        for name in names {
            if let value = try integer(name, in: range) { return Number(name: name, value: value) }
        }
        return nil
    }
}
