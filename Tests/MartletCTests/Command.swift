import Foundation
import Synchronization
import Testing

/// A program run to its end, and what it wrote.
struct Command {
    var status: Int32
    var output: String

    /// The root of the repository.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Runs a program of the search path; standard error goes where standard output goes.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], directory: String = root,
        timeoutSeconds: Int = 120
    ) throws -> Command {
        try start(
            arguments, environment: environment, directory: directory,
            timeoutSeconds: timeoutSeconds
        ).finish()
    }

    /// Runs a program and expects that it succeeds; answers what it wrote.
    static func output(
        _ arguments: [String], environment: [String: String] = [:], directory: String = root,
        timeoutSeconds: Int = 120, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let command = try run(
            arguments, environment: environment, directory: directory,
            timeoutSeconds: timeoutSeconds)
        try #require(
            command.status == 0, "\(arguments): \(command.output)", sourceLocation: sourceLocation)
        return command.output
    }

    /// Whether the search path has a program.
    static func exists(_ program: String) -> Bool {
        (try? run(["sh", "-c", "command -v \(program)"]).status) == 0
    }

    static func start(
        _ arguments: [String], environment: [String: String] = [:], directory: String = root,
        timeoutSeconds: Int = 120
    ) throws -> Running {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["timeout", "-k", "5", "\(timeoutSeconds)"] + arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // A file takes what a pipe that nobody reads would not.
        let folder = URL(filePath: NSTemporaryDirectory())
        let capture = folder.appending(path: "martlet-c-output-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: capture.path, contents: nil)
        let handle = try FileHandle(forWritingTo: capture)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        return Running(process: process, capture: capture)
    }

    struct Running {
        let process: Process
        let capture: URL

        func finish() throws -> Command {
            process.waitUntilExit()
            let bytes = try Data(contentsOf: capture)
            try FileManager.default.removeItem(at: capture)
            return Command(
                status: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self))
        }
    }
}
