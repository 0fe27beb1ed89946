internal import Glibc
package import Platform

package import ClusterStore

/// The embedded store in a process of its own, on an address that it keeps across restarts.
package final class StoreProcess: TestServer {
    package let directory: String
    private let log: String
    private let options: [String]
    private let launcher: [String]
    /// What is gone with this, where it was made for it.
    private let folder: FolderOwner?
    private let certificates: TestCertificates?
    private let current = Monitor<(process: ToolProcess?, port: Int)>((nil, 0))

    /// - Parameters:
    ///   - log: where what the process says since its last start can be read.
    ///   - launcher: a command that runs the program given behind it, in its own place.
    package init(
        directory: String, log: String, options: [String] = [], launcher: [String] = []
    ) {
        self.directory = directory
        self.log = log
        self.options = options
        self.launcher = launcher
        folder = nil
        certificates = nil
    }

    private init(
        in folder: FolderOwner, certificates: TestCertificates?, options: [String]
    ) throws {
        directory = "\(folder.path)/store"
        log = "\(folder.path)/log"
        launcher = []
        self.folder = folder
        self.certificates = certificates
        guard let files = try certificates?.server() else {
            self.options = options
            return
        }
        self.options =
            options + [
                "--certificate", files.certificate, "--key", files.privateKey, "--authorities",
                files.authorities,
            ]
    }

    /// Starts one with a directory of its own, for the cluster `test`.
    ///
    /// - Parameter certificates: where given, it shows the server's certificate and asks for one
    ///   of the same authority.
    package static func started(
        certificates: TestCertificates? = nil, options: [String] = []
    ) async throws -> StoreProcess {
        let process = try StoreProcess(
            in: try FolderOwner(), certificates: certificates,
            options: ["--cluster", "test"] + options)
        try await process.start()
        return process
    }

    deinit {
        stop()
    }

    package var endpoint: StoreEndpoint {
        StoreEndpoint(
            isSecure: options.contains("--key"), host: "127.0.0.1",
            port: current.update { $0.port })
    }

    package var processIdentifier: Int32? {
        current.update { $0.process }.flatMap { $0.status == nil ? $0.identifier : nil }
    }

    /// How it ended; nil while it runs.
    package var status: ProcessStatus? { current.update { $0.process }?.status }

    /// Starts it without waiting for it to listen.
    package func launch() throws {
        let port = current.update { $0.port }
        FileDescriptor.remove(log)
        let command =
            launcher + [try Self.program(), "--directory", directory]
            + ["--listen", "127.0.0.1:\(port)"] + options
        let process = try ToolProcess(command[0], Array(command.dropFirst()), log: log)
        current.update { $0.process = process }
    }

    /// Waits until it listens.
    ///
    /// - Throws: when it ended, or takes more than half a minute, with what it said.
    package func waitUntilListening() async throws {
        let isListening = await eventually(within: 30) {
            status != nil || self.said.contains("listening")
        }
        let said = self.said
        guard isListening, let line = said.split(separator: "\n").last(where: isAddress),
            let port = line.split(separator: ":").last.flatMap({ Int($0) })
        else { throw ToolFailure(message: "the store does not listen: \(said)") }
        current.update { $0.port = port }
    }

    package func start() async throws {
        try launch()
        try await waitUntilListening()
    }

    package func restart() async throws {
        stop()
        try await start()
    }

    /// Kills it.
    package func stop() {
        current.update { $0.process }?.kill()
    }

    /// Asks it to end, and waits.
    package func terminate() {
        current.update { $0.process }?.terminate()
    }

    package func signal(_ number: Int32) {
        current.update { $0.process }?.signal(number)
    }

    /// What it wrote since it was started.
    package var said: String {
        String(decoding: (try? FileDescriptor.contents(of: log)) ?? [], as: UTF8.self)
    }

    private func isAddress(_ line: Substring) -> Bool { line.hasPrefix("listening ") }

    /// Beside whatever runs: tests run from a bundle in the folder of the programs.
    private static func program() throws -> String {
        let own = try Host.executablePath()
        var folder = own.split(separator: "/").dropLast()
        while !folder.isEmpty {
            let candidate = "/\(folder.joined(separator: "/"))/StoreProbe"
            if (try? FilePath(candidate).requireAccess(X_OK)) != nil { return candidate }
            folder = folder.dropLast()
        }
        throw ToolFailure(message: "StoreProbe has not been built")
    }
}
