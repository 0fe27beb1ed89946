import ClusterStore
import Platform
import StoreSupport
import Testing

@Suite("Conformance: certificates")
struct CertificateTests {
    typealias Files = StoreClientConfiguration.TLSFiles

    @Test("certificates of the authority let in, others do not", arguments: StoreBackEnd.allCases)
    func admission(backEnd: StoreBackEnd) async throws {
        let authority = try TestCertificates()
        let store = try await backEnd.start(certificates: authority)
        defer { store.stop() }
        let operators = try store.client(tls: try authority.client("operator"))
        defer { operators.close() }
        try await operators.put("a", [1])
        let watch = try await WatchRecorder.connected(operators.watch(.all))
        try await operators.put("a", [2])
        #expect(try await watch.events(1).first?.keyValue.value == [2])

        let strangers = try TestCertificates(name: "strangers")
        let foreign = try strangers.client("operator")
        // Signed by others, but trusting the store.
        try await expectRefused(
            store,
            Files(
                certificate: foreign.certificate, privateKey: foreign.privateKey,
                authorities: authority.authority))
        // Signed by the authority, but trusting others.
        let own = try authority.client("operator", file: "operator2")
        try await expectRefused(
            store,
            Files(
                certificate: own.certificate, privateKey: own.privateKey,
                authorities: strangers.authority))
        try await expectRefused(
            store, try authority.client("operator", file: "expired", isExpired: true))
        #expect(try await operators.get("a")?.value == [2])
    }

    @Test("a store without certificates is not spoken to in clear", arguments: StoreBackEnd.allCases)
    func mixture(backEnd: StoreBackEnd) async throws {
        let authority = try TestCertificates()
        let store = try await backEnd.start(certificates: authority)
        defer { store.stop() }
        let port = store.endpoint.port
        var configuration = StoreClientConfiguration(endpoints: [
            StoreEndpoint(isSecure: false, host: "127.0.0.1", port: port)
        ])
        configuration.backoffSeconds = 0.02...0.2
        let client = try StoreClient(configuration: configuration)
        defer { client.close() }
        await expect(.unavailable) { try await client.get("a", timeoutSeconds: 1) }
    }

    @Test("a renewed certificate is taken up without a restart", arguments: StoreBackEnd.allCases)
    func renewal(backEnd: StoreBackEnd) async throws {
        let authority = try TestCertificates()
        let store = try await backEnd.start(certificates: authority)
        defer { store.stop() }
        let files = try authority.client("operator", file: "renewed", isExpired: true)
        let client = try store.client(tls: files)
        defer { client.close() }
        await #expect(throws: StoreError.self) {
            try await client.put("a", [1], timeoutSeconds: 2)
        }
        let fresh = try authority.client("operator", file: "fresh")
        try replace(files.privateKey, with: fresh.privateKey)
        try replace(files.certificate, with: fresh.certificate)
        #expect(
            await eventually(within: 20) {
                (try? await client.put("a", [2], timeoutSeconds: 2)) != nil
            })
    }

    @Test("certificates that cannot be used are refused at the start")
    func unusableFiles() throws {
        let authority = try TestCertificates()
        let endpoint = try StoreEndpoint("https://127.0.0.1:1")
        let one = try authority.client("one")
        let two = try authority.client("two")
        func client(_ files: Files?) throws -> StoreClient {
            try StoreClient(
                configuration: StoreClientConfiguration(endpoints: [endpoint], tls: files))
        }
        let cases: [Files?] = [
            nil,
            Files(
                certificate: "/nowhere", privateKey: one.privateKey, authorities: one.authorities),
            Files(
                certificate: one.certificate, privateKey: two.certificate,
                authorities: one.authorities),
        ]
        for files in cases {
            let error = #expect(throws: StoreError.self) { try client(files) }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.remedy != nil)
        }
    }

    @Test("a node's certificate writes the node's keys alone")
    func rights() async throws {
        let authority = try TestCertificates()
        let store = try await StoreBackEnd.embedded.start(certificates: authority)
        defer { store.stop() }
        let node = try store.client(tls: try authority.client("n1"))
        defer { node.close() }
        try await node.put("/martlet/v1/test/nodes/n1/record", [1])
        await expect(.permissionDenied) {
            try await node.put("/martlet/v1/test/nodes/n2/record", [1])
        }
        #expect(try await node.range(.prefix("/martlet/v1/test/")).count == 1)
    }

    private func replace(_ path: String, with other: String) throws {
        try FileDescriptor.replaceContents(of: path, with: try FileDescriptor.contents(of: other))
    }

    private func expectRefused(
        _ store: any TestServer, _ files: Files, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try store.client(tls: files)
        defer { client.close() }
        // TLS 1.3 refuses a client after the client believes to be connected, so a write may have
        // been sent; a read shows the cause.
        do throws(StoreError) {
            _ = try await client.get("a", timeoutSeconds: 2)
            Issue.record("it was let in", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == .unavailable, "\(error)", sourceLocation: sourceLocation)
            #expect(error.remedy != nil, sourceLocation: sourceLocation)
        }
    }
}
