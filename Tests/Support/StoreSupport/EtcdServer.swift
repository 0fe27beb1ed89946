internal import Platform
internal import Glibc
internal import Synchronization

package import ClusterStore

/// Debian's etcd on loopback, with its data in a directory of its own.
package final class EtcdServer: TestServer {
    package let endpoint: StoreEndpoint
    private let folder: FolderOwner
    private let port: Int
    private let certificates: TestCertificates?
    private let options: [String]
    private let process: Mutex<ToolProcess?>

    /// Starts it and waits until it answers.
    package static func start(
        certificates: TestCertificates? = nil, options: [String] = []
    ) async throws -> EtcdServer {
        var lastFailure: (any Error)?
        for _ in 0..<3 {
            do {
                let server = try EtcdServer(certificates, options)
                try await server.waitUntilReady()
                return server
            } catch {
                // Another process may have taken the port.
                lastFailure = error
            }
        }
        throw lastFailure ?? ToolFailure(message: "etcd did not start")
    }

    private init(_ certificates: TestCertificates?, _ options: [String]) throws {
        folder = try FolderOwner()
        port = try LoopbackPort.free()
        self.certificates = certificates
        self.options = options
        endpoint = StoreEndpoint(isSecure: certificates != nil, host: "127.0.0.1", port: port)
        if let certificates { try certificates.server() }
        process = Mutex(nil)
        try launch()
    }

    deinit {
        stop()
    }

    package var processIdentifier: Int32? { process.withLock { $0?.identifier } }

    package func stop() {
        process.withLock { $0.take() }?.kill()
    }

    package func restart() async throws {
        stop()
        try launch()
        try await waitUntilReady()
    }

    package func signal(_ number: Int32) {
        process.withLock { $0 }?.signal(number)
    }

    private func launch() throws {
        // The peer port serves nobody: a cluster of one. Short elections make it start quickly.
        let peer = "http://127.0.0.1:0"
        var arguments = [
            "--name", "test", "--data-dir", "\(folder.path)/data", "--listen-client-urls",
            "\(endpoint)", "--advertise-client-urls", "\(endpoint)", "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", "test=\(peer)",
            "--heartbeat-interval", "20", "--election-timeout", "200", "--logger", "zap",
            "--log-level", "error",
        ]
        if let certificates {
            arguments += [
                "--cert-file", "\(certificates.path)/server.pem", "--key-file",
                "\(certificates.path)/server.key", "--trusted-ca-file", certificates.authority,
                "--client-cert-auth",
            ]
        }
        let started = try ToolProcess("etcd", arguments + options, log: "\(folder.path)/log")
        process.withLock { $0 = started }
    }

    private func waitUntilReady() async throws {
        let tls = try certificates?.client("test-readiness")
        var configuration = StoreClientConfiguration(endpoints: [endpoint], tls: tls)
        configuration.backoffSeconds = 0.02...0.05
        let client = try StoreClient(configuration: configuration)
        defer { client.close() }
        let deadline = Deadline(secondsFromNow: 30)
        while !deadline.hasPassed {
            if let status = process.withLock({ $0?.status }) {
                let said = (try? FileDescriptor.contents(of: "\(folder.path)/log")) ?? []
                throw ToolFailure(
                    message: "etcd ended with \(status): "
                        + String(decoding: said.suffix(2000), as: UTF8.self))
            }
            if (try? await client.range(.key("ready"), timeoutSeconds: 0.5)) != nil { return }
        }
        throw ToolFailure(message: "etcd did not answer within 30 s")
    }
}
