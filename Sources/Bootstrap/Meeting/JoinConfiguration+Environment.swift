internal import Platform

extension JoinConfiguration {
    /// From torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT) and ours,
    /// which win. A process that has none of them is alone.
    package static func fromEnvironment(
        _ environment: Environment = .process
    ) throws(BootstrapError) -> JoinConfiguration {
        let credentials = try Credentials.fromEnvironment(environment)
        let limit = rankCountLimit
        let count = try environment.first(["MARTLET_RANK_COUNT", "WORLD_SIZE"], in: 1...limit)
        let rank = try environment.first(["MARTLET_RANK", "RANK"], in: 0...limit - 1)
        var configuration = alone(credentials: credentials)
        configuration.rankCount = count?.value ?? 1
        configuration.rank = rank?.value ?? 0
        try checkPair(rank: rank, count: count)
        configuration.localRank = try environment.integer("LOCAL_RANK", in: 0...limit - 1)
        configuration.place = try MeetingPlace.fromEnvironment(environment)
        configuration.inheritedListener =
            try environment.integer("MARTLET_LISTEN_FD", in: 3...1 << 20)
            .map { .named(Int32($0)) }
        configuration.epoch = UInt32(
            try environment.first(
                ["MARTLET_EPOCH", "TORCHELASTIC_RESTART_COUNT"], in: 0...Int(UInt32.max))?.value
                ?? 0)
        configuration.timeoutSeconds = try timeoutSeconds(environment) ?? 30
        configuration.interface = try interface(environment)
        try configuration.validate()
        return configuration
    }

    private static func checkPair(
        rank: Environment.Number?, count: Environment.Number?
    ) throws(BootstrapError) {
        if let rank, count == nil {
            throw BootstrapError(
                .invalidConfiguration,
                "\(rank.name) is '\(rank.value)' but neither MARTLET_RANK_COUNT nor WORLD_SIZE is set",
                phase: .configuration)
        }
        if let count, rank == nil, count.value > 1 {
            throw BootstrapError(
                .invalidConfiguration,
                "\(count.name) is '\(count.value)' but neither MARTLET_RANK nor RANK is set",
                phase: .configuration)
        }
        if let rank, let count, rank.value >= count.value {
            throw .wrong(
                rank.name, String(rank.value),
                expected: "a number below \(count.name), which is \(count.value)")
        }
    }

    private static func timeoutSeconds(
        _ environment: Environment
    ) throws(BootstrapError) -> Double? {
        let name = "MARTLET_TIMEOUT_SECONDS"
        guard let text = environment[name] else { return nil }
        guard let value = Double(text), (0.1...86_400).contains(value) else {
            throw .wrong(name, text, expected: "seconds from 0.1 to 86400")
        }
        return value
    }

    private static func interface(
        _ environment: Environment
    ) throws(BootstrapError) -> InterfaceChoice? {
        let name = "MARTLET_INTERFACE"
        guard let text = environment[name] else { return nil }
        guard let choice = InterfaceChoice(text) else {
            throw .wrong(
                name, text, expected: "an interface such as eth0 or a network such as 10.0.0.0/8")
        }
        return choice
    }
}

extension MeetingPlace {
    static func fromEnvironment(
        _ environment: Environment
    ) throws(BootstrapError) -> MeetingPlace? {
        if let text = environment["MARTLET_MEETING"] {
            guard let place = MeetingPlace(text) else {
                throw .wrong(
                    "MARTLET_MEETING", text, expected: "host:port, [IPv6]:port or file:/path")
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
