import ClusterStore
import Platform
import StoreSupport
import Testing

/// What certificates give the right to.
@Suite(.takingTurns) struct AccessTests {
    private static let nodes = "/martlet/v1/test/nodes"

    /// Three clients of one store: two nodes and an operator.
    private struct Cluster {
        let server: any TestServer
        let alice: StoreClient
        let bob: StoreClient
        let operators: StoreClient

        init() async throws {
            let certificates = try TestCertificates()
            server = try await StoreProcess.started(certificates: certificates)
            alice = try server.client(tls: try certificates.client("alice"))
            bob = try server.client(tls: try certificates.client("bob"))
            operators = try server.client(tls: try certificates.client("operator:carol"))
        }
    }

    @Test func aNodeWritesItsOwnKeysAndReadsAll() async throws {
        let cluster = try await Cluster()
        let record = Key("\(Self.nodes)/alice/record")
        try await cluster.alice.put(record, [1])
        #expect(try await cluster.bob.get(record)?.value == [1])
        try await cluster.bob.put("/martlet/v1/test/verdicts/alice", [2])
        try await cluster.bob.put("/martlet/v1/test/freeze", [3])
        try await cluster.bob.put("/martlet/v1/test/orders/bob", [4])
        try await cluster.alice.delete(.prefix("\(Self.nodes)/alice/"))
    }

    @Test(arguments: [
        "/martlet/v1/test/nodes/bob/record", "/martlet/v1/test/nodes/alice",
        "/martlet/v1/test/nodes/alicex/record", "/martlet/v1/other/nodes/alice/record",
        "/martlet/v1/test/orders/bob", "/martlet/v1/test/jobs/1", "/elsewhere",
    ])
    func aNodeWritesNothingElse(_ text: String) async throws {
        let cluster = try await Cluster()
        let key = Key(text)
        try await expectDenial(naming: text) { () async throws(StoreError) in
            try await cluster.alice.put(key, [1])
        }
        try await expectDenial(naming: text) { () async throws(StoreError) in
            try await cluster.alice.delete(.key(key))
        }
        try await cluster.operators.put(key, [1])
        try await cluster.operators.delete(.key(key))
    }

    @Test func aRangeThatReachesBeyondIsDenied() async throws {
        let cluster = try await Cluster()
        for range in [
            KeyRange.all, .prefix("\(Self.nodes)/"), .from("\(Self.nodes)/alice/"),
            .from("\(Self.nodes)/alice/", to: "\(Self.nodes)/bob/"),
        ] {
            try await expectDenial(naming: "alice") { () async throws(StoreError) in
                try await cluster.alice.delete(range)
            }
        }
    }

    @Test func aBranchThatIsNotTakenIsDeniedToo() async throws {
        let cluster = try await Cluster()
        let own = Key("\(Self.nodes)/alice/record")
        let other = Key("\(Self.nodes)/bob/record")
        let transaction = Transaction()
            .when(.isMissing(own))
            .then(.put(own, [1]))
            .otherwise(.transaction(Transaction().then(.put(other, [1]))))
        try await expectDenial(naming: other.text) { () async throws(StoreError) in
            try await cluster.alice.transaction(transaction)
        }
        #expect(try await cluster.alice.get(own) == nil)
    }

    @Test func aLeaseServesWhoeverItWasGrantedTo() async throws {
        let cluster = try await Cluster()
        let lease = try await cluster.alice.grantLease(seconds: 60)
        let own = Key("\(Self.nodes)/alice/live")
        try await cluster.alice.put(own, [1], lease: lease.id)
        try await expectDenial(naming: "\"bob\"") { () async throws(StoreError) in
            try await cluster.bob.revokeLease(lease.id)
        }
        try await expectDenial(naming: "\"bob\"") { () async throws(StoreError) in
            _ = try await cluster.bob.renew(lease.id)
        }
        try await expectDenial(naming: "\"bob\"") { () async throws(StoreError) in
            try await cluster.bob.put(Key("\(Self.nodes)/bob/live"), [1], lease: lease.id)
        }
        #expect(try await cluster.bob.leaseInfo(lease.id).grantedSeconds == 60)
        _ = try await cluster.alice.renew(lease.id)
        try await cluster.operators.revokeLease(lease.id)
        #expect(try await cluster.alice.get(own) == nil)
    }

    @Test func onlyAnOperatorCompacts() async throws {
        let cluster = try await Cluster()
        let revision = try await cluster.alice.put(Key("\(Self.nodes)/alice/record"), [1])
        try await expectDenial(naming: "alice") { () async throws(StoreError) in
            try await cluster.alice.compact(to: revision)
        }
        try await cluster.operators.compact(to: revision)
    }

    @Test func withoutCertificatesOnlyThisHostIsServed() throws {
        let error = #expect(throws: StoreError.self) {
            try StoreServer(
                configuration: StoreServerConfiguration(
                    directory: "/nonexistent", listen: ["127.0.0.1:0", "0.0.0.0:0"]))
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("0.0.0.0:0") == true)
    }

    private func expectDenial(
        naming words: String, _ body: () async throws(StoreError) -> Void
    ) async throws {
        do throws(StoreError) {
            try await body()
            Issue.record("it was allowed")
        } catch {
            #expect(error.code == .permissionDenied, "\(error)")
            #expect(error.message.contains(words), "\(error)")
        }
    }
}
