import CLinux
import Glibc
import Platform
import TestSupport
import Testing

/// A rank as a real process, which obeys lines and answers in lines; killed and reaped when its
/// owner goes.
final class ProbeRank {
    struct Failure: Equatable {
        var nanoseconds: UInt64
        var code: String
        var culprit: Int?
        var message: String
    }

    let rank: Int
    let identifier: pid_t
    private let input: FileDescriptor
    private let output: FileDescriptor
    private var pending = ""
    private var isReaped = false
    /// Lines that nobody asked for yet.
    private var lines: [String] = []

    init(
        rank: Int, variables: [String: String], prefix: [String] = [], standardError: Int32? = nil
    ) throws {
        self.rank = rank
        let (inputReader, inputWriter) = try DescriptorPair.pipe()
        let (outputReader, outputWriter) = try DescriptorPair.pipe()
        defer {
            FileDescriptor.close(inputReader)
            FileDescriptor.close(outputWriter)
        }
        input = FileDescriptor(owning: inputWriter)
        output = FileDescriptor(owning: outputReader)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputReader, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, outputWriter, STDOUT_FILENO)
        if let standardError {
            posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)
        }
        let command = prefix + [try Self.path]
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] =
            variables.merging(SanitizerOptions.inherited) { given, _ in given }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var child: pid_t = 0
        let failed = posix_spawn(&child, command[0], &actions, nil, &arguments, &environment)
        identifier = child
        try check(-failed, "start \(command)")
    }

    deinit {
        reap()
    }

    /// The probe lies beside the program that runs the tests.
    static var path: String {
        get throws {
            let own = try Host.executablePath()
            return own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/LivenessProbe"
        }
    }

    func kill(_ signal: Int32) {
        Glibc.kill(identifier, signal)
    }

    /// Answers when the kernel said that it has ended.
    func killAndAwaitEnd() throws -> UInt64 {
        let process = try Host.openProcess(identifier)
        kill(SIGKILL)
        _ = try StreamSocket.wait(
            process.rawValue, for: Int32(POLLIN), until: Deadline(secondsFromNow: 30))
        return Clock.nowNanoseconds()
    }

    func reap() {
        guard !isReaped else { return }
        isReaped = true
        kill(SIGKILL)
        var status: Int32 = 0
        waitpid(identifier, &status, 0)
    }

    /// Gives an order without waiting for its answer.
    func tell(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        let written = bytes.withUnsafeBytes {
            clinux_write(input.rawValue, $0.baseAddress, $0.count)
        }
        try check(written, "write to rank \(rank)")
    }

    /// Gives an order and waits for the line that answers it.
    @discardableResult
    func ask(_ line: String, expecting start: String) throws -> String {
        try tell(line)
        return try expect(start)
    }

    /// Waits for a line that begins so.
    @discardableResult
    func expect(_ start: String, seconds: Double = 30) throws -> String {
        let deadline = Deadline(secondsFromNow: seconds)
        while true {
            if let index = lines.firstIndex(where: { $0.hasPrefix(start) }) {
                return lines.remove(at: index)
            }
            guard try readMore(until: deadline) else {
                throw SystemError(
                    code: ETIME, operation: "no '\(start)' from rank \(rank), but \(lines)")
            }
        }
    }

    /// Why and when the communicator failed there.
    func failure(seconds: Double = 30) throws -> Failure {
        let words = try expect("failed ", seconds: seconds).split(
            separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
        return Failure(
            nanoseconds: UInt64(words[1]) ?? 0, code: String(words[2]), culprit: Int(words[3]),
            message: String(words[4]))
    }

    /// Whether it said nothing of this kind until now.
    func isSilent(about start: String) throws -> Bool {
        _ = try readMore(until: Deadline(nanoseconds: 0))
        return !lines.contains { $0.hasPrefix(start) }
    }

    private func readMore(until deadline: Deadline) throws -> Bool {
        guard try StreamSocket.wait(output.rawValue, for: Int32(POLLIN), until: deadline)
        else { return false }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes {
            clinux_read(output.rawValue, $0.baseAddress, $0.count)
        }
        guard try check(count, "read from rank \(rank)") > 0 else { return false }
        pending += String(decoding: bytes[..<count], as: UTF8.self)
        var parts = pending.split(separator: "\n", omittingEmptySubsequences: false)
        pending = String(parts.removeLast())
        lines += parts.map(String.init)
        return true
    }
}

/// All ranks of a world as processes, ready.
struct ProbeWorld {
    let ranks: [ProbeRank]

    init(
        rankCount: Int, _ variables: [String: String] = [:], standardError: Int32? = nil
    ) throws {
        ranks = try Self.begin(rankCount: rankCount, standardError: standardError) { _ in
            variables
        }
        for rank in ranks { try rank.expect("ready", seconds: 60) }
    }

    /// Starts the processes and waits for nothing.
    static func begin(
        rankCount: Int, standardError: Int32? = nil, _ variables: (Int) -> [String: String]
    ) throws -> [ProbeRank] {
        let address = try #require(SocketAddress(digits: "127.0.0.1", port: 0))
        let listener = try StreamSocket.listen(on: address)
        let port = try StreamSocket.localAddress(listener.rawValue).port
        _ = consume listener
        return try (0..<rankCount).map { rank in
            try ProbeRank(
                rank: rank,
                variables: Self.variables(rank: rank, rankCount: rankCount, port: port)
                    .merging(variables(rank)) { $1 }, standardError: standardError)
        }
    }

    static func variables(
        rank: Int, rankCount: Int, host: String = "127.0.0.1", port: UInt16
    ) -> [String: String] {
        [
            "RANK": "\(rank)", "WORLD_SIZE": "\(rankCount)", "MARTLET_JOB": "liveness-test",
            "MARTLET_JOB_SECRET": String(repeating: "5a", count: 32), "MASTER_ADDR": host,
            "MASTER_PORT": "\(port)", "SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin",
            "MARTLET_TIMEOUT_SECONDS": "60",
        ]
    }

    func others(than rank: Int) -> [ProbeRank] { ranks.filter { $0.rank != rank } }
}
