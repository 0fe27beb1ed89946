import Glibc
import Platform

@testable import MartletCLI

/// The built `martlet` as a real process: what it writes, and how it ends.
///
/// Used from the thread that started it: the process dies with that thread.
final class RunningCommand {
    let identifier: Int32
    private let handle: FileDescriptor
    private let output = Monitor(Capture())
    private let error = Monitor(Capture())
    private var readers: [Reader] = []
    private var status: ProcessStatus?

    struct Capture {
        var bytes: [UInt8] = []
        var isClosed = false
    }

    private final class Reader {
        private var thread: Thread?
        init(_ descriptor: Int32, into capture: Monitor<Capture>) throws {
            thread = try Thread(name: "reader") {
                var piece = [UInt8](repeating: 0, count: 65536)
                while true {
                    let count = piece.withUnsafeMutableBytes { bytes in
                        FileDescriptor.read(descriptor, bytes)
                    }
                    guard count > 0 else { break }
                    let bytes = piece[..<count]
                    capture.update { $0.bytes += bytes }
                }
                FileDescriptor.close(descriptor)
                capture.update { $0.isClosed = true }
            }
        }
        func join() { if let thread = thread.take() { thread.join() } }
    }

    /// Where an output goes: into memory unless a descriptor is given.
    init(
        _ arguments: [String], environment: [String] = [], input: Int32? = nil,
        output ownOutput: Int32? = nil, error ownError: Int32? = nil
    ) throws {
        let program = Self.program
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR)
        let (outReader, outWriter) = try DescriptorPair.pipe()
        let (errorReader, errorWriter) = try DescriptorPair.pipe()
        // After a crash the runtime's backtracer holds pipes open for long.
        let added = (environment + ["SWIFT_BACKTRACE=enable=no"]).map { Array($0.utf8) }
        let replaced = Set(added.map(JobEnvironment.name))
        let inherited = Host.environmentEntries.filter {
            !replaced.contains(JobEnvironment.name($0))
        }
        let spawn = ProcessSpawn(
            path: Array(program.utf8), arguments: ([program] + arguments).map { Array($0.utf8) },
            environment: inherited + added,
            standardInput: input ?? null.rawValue, standardOutput: ownOutput ?? outWriter,
            standardError: ownError ?? errorWriter, signalMask: SignalSet([]),
            descriptorLimit: try DescriptorLimit.current())
        defer {
            FileDescriptor.close(outWriter)
            FileDescriptor.close(errorWriter)
        }
        identifier = try spawn.start()
        handle = try Host.openProcess(identifier)
        readers = [try Reader(outReader, into: output), try Reader(errorReader, into: error)]
    }

    deinit {
        if status == nil {
            kill(identifier, SIGKILL)
            _ = ChildProcesses.collect(identifier, waits: true)
        }
        for reader in readers { reader.join() }
    }

    /// `martlet`, beside the test program in the build folder.
    static var program: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(terminated: buffer)
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/martlet"
    }
}

extension RunningCommand {
    /// Runs `martlet` to its end.
    static func finished(
        _ arguments: [String], environment: [String] = [], input: Int32? = nil
    ) throws -> Result {
        let command = try RunningCommand(arguments, environment: environment, input: input)
        return try command.finish()
    }

    /// Ranks of `/bin/sh -c script`.
    static func launched(
        _ rankCount: Int, _ script: String, options: [String] = []
    ) throws -> RunningCommand {
        try RunningCommand(
            ["launch", "-n", "\(rankCount)"] + options + ["--", "/bin/sh", "-c", script])
    }

    struct Result {
        let status: Int32
        let output: String
        let error: String
        let outputBytes: [UInt8]

        var lines: [String] { output.split(separator: "\n").map(String.init) }
        var errorLines: [String] { error.split(separator: "\n").map(String.init) }
    }

    struct Overdue: Error {
        let what: String
    }

    /// Waits for the end and for everything that was written.
    func finish(withinSeconds seconds: Double = 30) throws -> Result {
        let deadline = Deadline(secondsFromNow: seconds)
        guard try StreamSocket.wait(handle.rawValue, for: Int32(POLLIN), until: deadline),
            case .ended(_, let status) = ChildProcesses.collect(identifier, waits: true)
        else {
            throw Overdue(what: "martlet did not end; it wrote: \(text) \(errorText)")
        }
        self.status = status
        for capture in [output, error] {
            guard capture.wait(until: deadline, { $0.isClosed ? true : nil }) != nil else {
                throw Overdue(what: "somebody holds the output of martlet open")
            }
        }
        return Result(
            status: status.shellStatus, output: text, error: errorText,
            outputBytes: output.update { $0.bytes })
    }

    var text: String { output.update { String(decoding: $0.bytes, as: UTF8.self) } }
    var errorText: String { error.update { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Waits until so many lines of standard output hold this text.
    func waitForLines(_ count: Int, containing part: String) throws {
        let found: Bool? = output.wait(until: Deadline(secondsFromNow: 20)) { capture in
            let lines = String(decoding: capture.bytes, as: UTF8.self).split(separator: "\n")
            return lines.count { $0.contains(part) } >= count ? true : nil
        }
        if found == nil { throw Overdue(what: "'\(part)' in \(text) \(errorText)") }
    }

    func send(_ signal: Int32) {
        kill(identifier, signal)
    }
}
