internal import Glibc
internal import Platform
internal import Synchronization

package import ClusterStore

/// Martlet's own store on loopback, in a process of its own, which can be killed.
package final class EmbeddedServer: TestServer {
    package let endpoint: StoreEndpoint
    private let folder: FolderOwner
    private let port: Int
    private let certificates: TestCertificates?
    private let options: [String]
    private let process = Mutex<ToolProcess?>(nil)

    /// Starts it and waits until it listens.
    package static func start(
        certificates: TestCertificates? = nil, options: [String] = []
    ) async throws -> EmbeddedServer {
        var lastFailure: (any Error)?
        for _ in 0..<3 {
            do {
                let server = try EmbeddedServer(certificates, options)
                try await server.launch()
                return server
            } catch {
                // Another process may have taken the port.
                lastFailure = error
            }
        }
        throw lastFailure ?? ToolFailure(message: "the store did not start")
    }

    private init(_ certificates: TestCertificates?, _ options: [String]) throws {
        folder = try FolderOwner()
        port = try LoopbackPort.free()
        self.certificates = certificates
        self.options = options
        endpoint = StoreEndpoint(isSecure: certificates != nil, host: "127.0.0.1", port: port)
        if let certificates { try certificates.server() }
    }

    deinit {
        stop()
    }

    package var processIdentifier: Int32? { process.withLock { $0?.identifier } }

    package func stop() {
        process.withLock { $0.take() }?.kill()
    }

    package func signal(_ number: Int32) {
        process.withLock { $0 }?.signal(number)
    }

    package func restart() async throws {
        stop()
        try await launch()
    }

    private func launch() async throws {
        var arguments = [
            "--directory", "\(folder.path)/data", "--listen", "127.0.0.1:\(port)", "--cluster",
            "test",
        ]
        if let certificates {
            arguments += [
                "--certificate", "\(certificates.path)/server.pem", "--key",
                "\(certificates.path)/server.key", "--authorities", certificates.authority,
            ]
        }
        let log = "\(folder.path)/log"
        FileDescriptor.remove(log)
        let started = try ToolProcess(
            try Self.buildFolder + "/StoreProbe", arguments + options, log: log)
        process.withLock { $0 = started }
        let isListening = await eventually(within: 60) {
            let said = (try? FileDescriptor.contents(of: log)) ?? []
            return String(decoding: said, as: UTF8.self).contains("listening ")
                || started.status != nil
        }
        guard isListening, started.status == nil else {
            let said = (try? FileDescriptor.contents(of: log)) ?? []
            throw ToolFailure(
                message: "the store did not listen: "
                    + String(decoding: said.suffix(2000), as: UTF8.self))
        }
    }

    /// Where the programs of the package lie: beside the one that runs the tests.
    private static var buildFolder: String {
        get throws {
            let program = try Host.executablePath()
            return String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
        }
    }
}
