import Glibc
import Platform

/// Everything that is opened for a job before its first process starts.
final class Preparation {
    /// The reading end of a pipe from a rank.
    struct Reader {
        let rank: Int
        let isError: Bool
        let descriptor: Int32
    }

    private(set) var spawns: [ProcessSpawn] = []
    private(set) var readers: [Reader] = []
    /// Where a rank's input is pumped into, when it comes from a terminal.
    private(set) var inputWriter: Int32?
    let signals: SignalSet
    /// What the ranks get and the launcher must not keep.
    private var handedOver: [Int32] = []
    private var inputReader: Int32?
    private let null: Int32

    /// What is passed on, without what we were told to ignore, as by `nohup`.
    private static var passedSignals: [Int32] {
        [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2].filter { !Signals.isIgnored($0) }
            + [SIGWINCH, SIGTSTP, SIGCONT]
    }

    init(_ plan: LaunchPlan) throws {
        signals = SignalSet(Self.passedSignals)
        let limit = try DescriptorLimit.current()
        try Self.makeRoom(for: plan.rankCount, limit)
        let loopback = SocketAddress(digits: "127.0.0.1", port: 0)
        guard let loopback else { throw Complaint("127.0.0.1 is no address here") }
        let listener = try StreamSocket.listen(on: loopback, backlog: 4096).release()
        // The warden, a fork of ours, passes it on to rank 0.
        ForkGuard.share(listener)
        null = try FileDescriptor.open("/dev/null", flags: O_RDWR).release()
        handedOver = [listener, null]
        let environment = JobEnvironment(
            inherited: Host.environmentEntries, added: plan.variables, rankCount: plan.rankCount,
            port: try StreamSocket.localAddress(listener).port, listener: listener)
        try openInput(plan)
        if let directory = plan.outputDirectory { try Self.makeDirectory(directory) }
        let mask = try signals.block()
        for rank in 0..<plan.rankCount {
            let (out, error) = try openOutput(of: rank, plan)
            var spawn = ProcessSpawn(
                path: plan.path, arguments: plan.arguments,
                environment: environment.entries(rank: rank),
                standardInput: input(of: rank, plan), standardOutput: out, standardError: error,
                signalMask: mask, descriptorLimit: limit)
            spawn.passedDescriptor = rank == 0 ? listener : nil
            spawn.processor = plan.processors.map { $0[rank] }
            spawns.append(spawn)
        }
    }

    /// The launcher's part after the warden has its copies: an end that stayed open here would
    /// hide that a rank has closed it.
    func closeHandedOver() {
        for descriptor in handedOver { FileDescriptor.close(descriptor) }
        handedOver = []
    }

    /// Descriptors 0, 1 and 2 may be closed; no pipe of ours may take their place.
    static func openStandardStreams() throws(SystemError) {
        var status = stat()
        for stream in Int32(0)...2 where unsafe fstat(stream, &status) != 0 {
            // The lowest free number is this one: the lower ones are open.
            _ = try FileDescriptor.open("/dev/null", flags: O_RDWR).release()
        }
    }
}

extension Preparation {
    /// Both ends of two pipes per rank are open for a moment, and a few descriptors of our own.
    private static func makeRoom(for rankCount: Int, _ limit: DescriptorLimit) throws {
        let needed = UInt64(4 * rankCount + 64)
        guard needed <= limit.ceiling else {
            throw Complaint(
                "\(rankCount) ranks need \(needed) open files, and the hard limit is "
                    + "\(limit.ceiling) ('ulimit -Hn')")
        }
        try limit.apply(count: max(needed, limit.count))
    }

    /// A terminal is read by us and pumped: a rank outside the terminal's foreground process group
    /// would be stopped at its first read. Anything else the rank reads itself.
    private func openInput(_ plan: LaunchPlan) throws(SystemError) {
        guard plan.inputRank != nil, isatty(STDIN_FILENO) == 1 else { return }
        let (reader, writer) = try DescriptorPair.pipe()
        inputReader = reader
        inputWriter = writer
        handedOver.append(reader)
    }

    private func input(of rank: Int, _ plan: LaunchPlan) -> Int32 {
        rank == plan.inputRank ? inputReader ?? STDIN_FILENO : null
    }

    private func openOutput(of rank: Int, _ plan: LaunchPlan) throws -> (Int32, Int32) {
        if rank == plan.directRank { return (STDOUT_FILENO, STDERR_FILENO) }
        let ends: [Int32]
        if let directory = plan.outputDirectory {
            ends = try ["stdout", "stderr"].map { stream in
                try Self.createFile("\(directory)/rank-\(rank).\(stream)")
            }
        } else {
            ends = try [false, true].map { isError in
                let (reader, writer) = try DescriptorPair.pipe()
                readers.append(Reader(rank: rank, isError: isError, descriptor: reader))
                return writer
            }
        }
        handedOver += ends
        return (ends[0], ends[1])
    }

    private static func createFile(_ path: String) throws -> Int32 {
        do {
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
            return try FileDescriptor.open(path, flags: flags, mode: 0o644).release()
        } catch {
            throw Complaint(
                "--output-directory expects a directory that can be written: \(error)")
        }
    }

    private static func makeDirectory(_ path: String) throws(Complaint) {
        var parent = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            parent += "/\(part)"
            do {
                try FilePath(parent).makeDirectory()
            } catch {
                guard error.code != EEXIST else { continue }
                let reason = SystemError.text(of: error.code)
                throw Complaint("--output-directory expects a directory: \(parent): \(reason)")
            }
        }
    }
}
