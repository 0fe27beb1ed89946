package import Platform

internal import Glibc
internal import Synchronization

/// A program that a test runs: started, watched and collected by a thread of its own, for the
/// kernel kills a child when the thread that started it ends.
package final class ToolProcess: Sendable {
    private struct State: Sendable {
        var identifier: Int32?
        var failure: SystemError?
        var status: ProcessStatus?
    }

    private let state = Monitor(State())
    private let name: String

    /// Starts a program; what it writes goes to a file.
    ///
    /// - Parameter program: a path, or a name that is looked for in `/usr/bin` and `/usr/local/bin`.
    package init(_ program: String, _ arguments: [String], log: String) throws {
        let path = try Self.path(of: program)
        name = program
        let state = state
        try Thread(name: "keeper") {
            do {
                let identifier = try Self.start(path, arguments, log: log)
                state.update { $0.identifier = identifier }
                let answer = ChildProcesses.collect(identifier, waits: true)
                state.update { state in
                    if case .ended(_, let status) = answer { state.status = status }
                    state.status = state.status ?? .exited(255)
                }
            } catch {
                let failure = error as? SystemError
                state.update {
                    $0.failure = failure ?? SystemError(code: EIO, operation: "\(error)")
                }
            }
        }.detach()
        let end = state.wait(until: Deadline(secondsFromNow: 10)) { state -> SystemError?? in
            if let failure = state.failure { return .some(failure) }
            return state.identifier == nil ? nil : .some(nil)
        }
        guard let end else { throw ToolFailure(message: "\(program) did not start within 10 s") }
        if let end { throw ToolFailure(message: "\(program) did not start: \(end)") }
    }

    deinit {
        kill()
    }

    /// How it ended; nil while it runs.
    package var status: ProcessStatus? { state.update { $0.status } }

    package var identifier: Int32 { state.update { $0.identifier } ?? -1 }

    package func signal(_ number: Int32) {
        // Only a process that was not collected still has its number.
        state.update { state in
            guard let identifier = state.identifier, state.status == nil else { return }
            _ = Glibc.kill(identifier, number)
        }
    }

    /// Kills it and waits for its end.
    package func kill() {
        signal(SIGKILL)
        _ = waitForEnd(seconds: 10)
    }

    /// Asks it to end and waits; kills it when it does not.
    package func terminate() {
        signal(SIGTERM)
        if waitForEnd(seconds: 10) == nil { kill() }
    }

    package func waitForEnd(seconds: Double) -> ProcessStatus? {
        state.wait(until: Deadline(secondsFromNow: seconds)) { $0.status }
    }

    /// Runs a program to its end.
    ///
    /// - Throws: when it fails or takes more than a minute, with what it wrote.
    package static func run(_ program: String, _ arguments: [String], log: String) throws {
        let process = try ToolProcess(program, arguments, log: log)
        guard let status = process.waitForEnd(seconds: 60), status.isSuccess else {
            let said = (try? FileDescriptor.contents(of: log)) ?? []
            throw ToolFailure(
                message: "\(program) \(arguments.joined(separator: " ")) failed: "
                    + String(decoding: said.suffix(2000), as: UTF8.self))
        }
    }

    private static func path(of program: String) throws -> String {
        if program.contains("/") { return program }
        let found = ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(program)" }
            .first { (try? FilePath($0).requireAccess(X_OK)) != nil }
        guard let found else { throw ToolFailure(message: "\(program) is not installed") }
        return found
    }

    private static func start(
        _ path: String, _ arguments: [String], log: String
    ) throws -> Int32 {
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR)
        let output = try FileDescriptor.open(log, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let spawn = ProcessSpawn(
            path: Array(path.utf8), arguments: ([path] + arguments).map { Array($0.utf8) },
            environment: Host.environmentEntries, standardInput: null.rawValue,
            standardOutput: output.rawValue, standardError: output.rawValue,
            signalMask: SignalSet([]), descriptorLimit: try DescriptorLimit.current())
        return try spawn.start()
    }
}

/// What a test needs cannot be had, and why.
package struct ToolFailure: Error, CustomStringConvertible {
    package var message: String

    package init(message: String) {
        self.message = message
    }

    package var description: String { message }
}
