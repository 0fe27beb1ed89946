import Platform

/// The variables that tell a process which rank of which job it is.
///
/// RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT are torchrun's.
/// MARTLET_JOB names the job, MARTLET_JOB_SECRET is what its ranks prove to each other that they
/// know, and MARTLET_LISTEN_FD, for rank 0 alone, is the listening socket behind MASTER_PORT: no
/// other process can take the port between the launch and the meeting.
struct JobEnvironment {
    static let ownNames: Set<String> = [
        "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
        "MARTLET_JOB", "MARTLET_JOB_SECRET", "MARTLET_LISTEN_FD",
    ]

    /// What would tell a rank something else than the variables above, and is stronger.
    static let foreignNames: Set<String> = [
        "MARTLET_RANK", "MARTLET_RANK_COUNT", "MARTLET_MEETING", "MARTLET_EPOCH",
        "MARTLET_JOB_SECRET_FILE", "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT",
        "TORCHELASTIC_USE_AGENT_STORE",
    ]

    private let common: [[UInt8]]
    private let listener: Int32

    /// - Parameters:
    ///   - inherited: the launcher's own variables; those that name another job are dropped.
    ///   - added: NAME=VALUE, each replacing an inherited one.
    ///   - job: drawn by chance, as is the secret, unless a test wants them known.
    init(
        inherited: [[UInt8]], added: [[UInt8]], rankCount: Int, port: UInt16, listener: Int32,
        job: String = String(hexadecimal: Host.randomBytes(8)),
        secret: String = String(hexadecimal: Host.randomBytes(32))
    ) {
        let replaced = Self.ownNames.union(Self.foreignNames).union(added.map(Self.name))
        common =
            inherited.filter { !replaced.contains(Self.name($0)) } + added
            + [
                "WORLD_SIZE=\(rankCount)", "LOCAL_WORLD_SIZE=\(rankCount)",
                "MASTER_ADDR=127.0.0.1", "MASTER_PORT=\(port)", "MARTLET_JOB=\(job)",
                "MARTLET_JOB_SECRET=\(secret)",
            ].map { Array($0.utf8) }
        self.listener = listener
    }

    func entries(rank: Int) -> [[UInt8]] {
        var own = ["RANK=\(rank)", "LOCAL_RANK=\(rank)"]
        if rank == 0 { own.append("MARTLET_LISTEN_FD=\(listener)") }
        return common + own.map { Array($0.utf8) }
    }

    /// What stands before the equals sign.
    static func name(_ entry: [UInt8]) -> String {
        String(decoding: entry.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    }
}
