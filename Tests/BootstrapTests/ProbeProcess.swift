import CLinux
import Glibc
import Platform
import TestSupport
import Testing

@testable import Bootstrap

/// A rank as a real process; killed and reaped when its owner goes.
final class ProbeProcess {
    let identifier: pid_t
    private let directory: String
    private let name: String
    private var status: Int32?
    /// What the process used of the processors; known once it has been waited for.
    private(set) var processorSeconds = 0.0

    /// `listener` is inherited as descriptor 9.
    init(
        _ variables: [String: String], directory: String, name: String, listener: Int32? = nil
    ) throws {
        self.directory = directory
        self.name = name
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, suffix) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, "\(directory)/\(name).\(suffix)", O_WRONLY | O_CREAT, 0o600)
        }
        if let listener { posix_spawn_file_actions_adddup2(&actions, listener, 9) }
        let path = Self.path
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        var environment: [UnsafeMutablePointer<CChar>?] =
            variables.merging(SanitizerOptions.inherited) { given, _ in given }
            .map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var child: pid_t = 0
        let failed = posix_spawn(&child, path, &actions, nil, &arguments, &environment)
        try check(-failed, "start \(path)")
        identifier = child
    }

    deinit {
        guard status == nil else { return }
        kill(SIGKILL)
        var ignored: Int32 = 0
        waitpid(identifier, &ignored, 0)
    }

    /// The probe lies beside the program that runs the tests.
    private static var path: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(terminated: buffer)
        return own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/BootstrapProbe"
    }

    func kill(_ signal: Int32) {
        Glibc.kill(identifier, signal)
    }

    /// The exit code, or the negated signal; nil when it still runs at the deadline.
    func wait(until deadline: Deadline) throws -> Int? {
        if let status { return Self.code(of: status) }
        let process = try Host.openProcess(identifier)
        guard
            try StreamSocket.wait(
                process.rawValue, for: Int32(POLLIN), until: deadline)
        else { return nil }
        var status: Int32 = 0
        var usage = rusage()
        wait4(identifier, &status, 0, &usage)
        self.status = status
        processorSeconds = usage.ru_utime.seconds + usage.ru_stime.seconds
        return Self.code(of: status)
    }

    private static func code(of status: Int32) -> Int {
        let signal = clinux_wait_signal(status)
        return signal > 0 ? -Int(signal) : Int(clinux_wait_exit_code(status))
    }

    var output: String { Self.text("\(directory)/\(name).out") }
    var errors: String { Self.text("\(directory)/\(name).err") }

    private static func text(_ path: String) -> String {
        String(
            decoding: (try? FileDescriptor.contents(of: path)) ?? [], as: UTF8.self)
    }
}

/// A free port of this host's loopback, as good as any: the kernel gives others out for a while.
func freePort() throws -> UInt16 {
    let listener = try StreamSocket.listen(on: #require(loopback))
    return try StreamSocket.localAddress(listener.rawValue).port
}

extension timeval {
    var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}

/// Time as it would have passed if nobody else had used the processors meanwhile.
struct QuietClock {
    private let startedAt = Clock.nowNanoseconds()
    private let busyAtStart = Self.busySeconds
    private let processorCount = Double(sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    var wallSeconds: Double { Double(Clock.nowNanoseconds() - startedAt) / 1e9 }

    /// `own` is what those whose time is taken have used of the processors.
    func seconds(own: Double) -> Double {
        let others = max(0, Self.busySeconds - busyAtStart - own)
        return wallSeconds - others / processorCount
    }

    /// What all processors together have worked since boot.
    private static var busySeconds: Double {
        let bytes = (try? FileDescriptor.contents(of: "/proc/stat")) ?? []
        let line = String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
        let fields = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard fields.count > 7 else { return 0 }
        // user, nice, system, interrupts, soft interrupts and stolen time; not idle, not waiting.
        let busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]
        return busy / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
