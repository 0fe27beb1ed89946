internal import ArgumentParser
internal import ClusterStore
internal import Glibc
internal import UnixSignals

/// Serves the embedded store, for tests and drills that need it in a process of its own.
///
/// Prints `listening ADDRESS...` once it is reached, and ends at SIGTERM. Exits with 1 and the reason
/// where the store cannot be opened or served.
@main
struct StoreProbe: AsyncParsableCommand {
    @Option(help: "The directory of the database.")
    var directory: String
    @Option(help: "Addresses to listen on, with a port of 0 for any.")
    var listen: [String] = ["127.0.0.1:0"]
    @Option(help: "The cluster's name.")
    var cluster = "default"
    @Option(help: "Certificate, key and authorities, as three PEM files.")
    var certificate: String?
    @Option var key: String?
    @Option var authorities: String?
    @Option(help: "How large the database may become.")
    var byteLimit: Int64 = 2 << 30
    @Option(help: "How many revisions of history are kept.")
    var keptRevisions: Int64 = 100_000
    @Option(help: "How often changed certificates are looked for, in seconds.")
    var certificateCheckSeconds: Int64 = 1

    func run() async throws {
        let server = try StoreServer(configuration: configuration)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                let addresses = await server.addresses
                guard !addresses.isEmpty else { return }
                print("listening \(addresses.joined(separator: " "))")
                // All streams: naming one would touch a global that is not safe to share.
                fflush(nil)
            }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                    server.stop()
                    return
                }
            }
            for _ in 0..<3 { try await group.next() }
        }
    }

    private var configuration: StoreServerConfiguration {
        var configuration = StoreServerConfiguration(
            directory: directory, listen: listen, cluster: cluster)
        if let certificate, let key, let authorities {
            configuration.tls = .init(
                certificate: certificate, privateKey: key, authorities: authorities)
        }
        configuration.databaseByteLimit = byteLimit
        configuration.keptRevisionCount = keptRevisions
        configuration.certificateCheckSeconds = certificateCheckSeconds
        return configuration
    }
}
