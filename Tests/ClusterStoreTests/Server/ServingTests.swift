import ClusterStore
import Platform
import StoreSupport
import TestSupport
import Testing

/// How the embedded store is started, reached and stopped.
@Suite(.takingTurns) struct ServingTests {
    @Test func itServesInThisProcessUntilItIsStopped() async throws {
        let folder = try TemporaryDirectory()
        let server = try StoreServer(
            configuration: StoreServerConfiguration(
                directory: folder.path, listen: ["127.0.0.1:0", "127.0.0.1:0"]))
        let run = Task { try await server.run() }
        let addresses = await server.addresses
        #expect(Set(addresses).count == 2, "\(addresses)")
        for address in addresses {
            let client = try StoreClient(
                configuration: StoreClientConfiguration(endpoints: [StoreEndpoint(address)]))
            try await client.put("key", Array(address.utf8))
            client.close()
        }
        #expect(server.revision == Revision(3))
        server.stop()
        try await withTimeLimit(seconds: 20) { try await run.value }
        // Closed tidily: the directory serves again at once, and no log is left to be read.
        #expect(!folder.names.contains("store.open"))
        let again = try StoreServer(
            configuration: StoreServerConfiguration(
                directory: folder.path, listen: ["127.0.0.1:0"]))
        #expect(again.revision == Revision(3))
    }

    @Test func itEndsWithItsTask() async throws {
        let folder = try TemporaryDirectory()
        let server = try StoreServer(
            configuration: StoreServerConfiguration(
                directory: folder.path, listen: ["127.0.0.1:0"]))
        let run = Task { try await server.run() }
        #expect(await server.addresses.count == 1)
        run.cancel()
        try await withTimeLimit(seconds: 20) { try await run.value }
        #expect(!folder.names.contains("store.open"))
    }

    @Test func anAddressThatIsTakenIsSaid() async throws {
        let folder = try TemporaryDirectory()
        let other = try await StoreProcess.started()
        let address = "127.0.0.1:\(other.endpoint.port)"
        let server = try StoreServer(
            configuration: StoreServerConfiguration(directory: folder.path, listen: [address]))
        let error = await #expect(throws: StoreError.self) {
            try await withTimeLimit(seconds: 20) { try await server.run() }
        }
        #expect(error?.code == .inUse, "\(error.map { "\($0)" } ?? "no error")")
        #expect(error?.message.contains(address) == true)
    }

    @Test func aRenewedCertificateNeedsNoRestart() async throws {
        let certificates = try TestCertificates()
        let server = try await StoreProcess.started(certificates: certificates)
        let client = try certificates.client("alice")
        let log = "\(certificates.path)/shown"
        func shows(_ certificate: [UInt8]) throws -> Bool {
            FileDescriptor.remove(log)
            try ToolProcess.run(
                "openssl",
                [
                    "s_client", "-connect", "127.0.0.1:\(server.endpoint.port)", "-CAfile",
                    client.authorities, "-cert", client.certificate, "-key", client.privateKey,
                ], log: log)
            let shown = String(decoding: try FileDescriptor.contents(of: log), as: UTF8.self)
            return shown.contains(String(decoding: certificate, as: UTF8.self))
        }
        let path = "\(certificates.path)/server.pem"
        let first = try FileDescriptor.contents(of: path)
        #expect(try shows(first))
        try certificates.server()
        let second = try FileDescriptor.contents(of: path)
        #expect(first != second)
        #expect(try await eventually(within: 20) { try shows(second) })
    }
}
