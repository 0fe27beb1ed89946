import ClusterStore
import Platform
import StoreSupport
import Testing

@Suite("Failover of the client", .takingTurns)
struct FailoverTests {
    /// Nobody listens there.
    private static func deadEndpoint() throws -> StoreEndpoint {
        StoreEndpoint(isSecure: false, host: "127.0.0.1", port: try LoopbackPort.free())
    }

    private static func client(
        _ endpoints: [StoreEndpoint], change: (inout StoreClientConfiguration) -> Void = { _ in }
    ) throws -> StoreClient {
        var configuration = StoreClientConfiguration(endpoints: endpoints)
        configuration.firstEndpoint = 0
        change(&configuration)
        return try StoreClient(configuration: configuration)
    }

    @Test(
        "dead and hanging endpoints cost their connecting time, once",
        arguments: StoreBackEnd.allCases)
    func firstCall(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, _ in
            let hanging = try await Relay.start(to: store.endpoint)
            hanging.stall()
            let client = try Self.client([
                Self.deadEndpoint(), hanging.endpoint(), store.endpoint,
            ])
            defer { client.close() }
            let clock = ContinuousClock()
            // A write: an attempt that found no connection was not sent.
            let first = try await clock.measure { try await client.put("a", [1]) }
            #expect(first < .seconds(3.5), "\(first)")
            #expect(hanging.connectionCount == 1)
            try await client.put("a", [2])
            #expect(hanging.connectionCount == 1)
        }
    }

    @Test(
        "a connection that falls silent is left within the time of an attempt",
        arguments: StoreBackEnd.allCases)
    func silence(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, _ in
            let relay = try await Relay.start(to: store.endpoint)
            let client = try Self.client([relay.endpoint(), store.endpoint])
            defer { client.close() }
            try await client.put("a", [1])
            #expect(relay.connectionCount == 1)
            relay.stall()
            let clock = ContinuousClock()
            let begin = clock.now
            #expect(try await client.get("a")?.value == [1])
            let taken = clock.now - begin
            #expect(taken < .seconds(3.5), "\(taken)")
            try await client.put("a", [2])
            #expect(relay.connectionCount == 1)
        }
    }

    @Test(
        "a connection outlasts any number of calls, and so do the watches on it",
        arguments: StoreBackEnd.allCases, [false, true])
    func manyCalls(backEnd: StoreBackEnd, isSecure: Bool) async throws {
        let authority = isSecure ? try TestCertificates() : nil
        let store = try await backEnd.start(certificates: authority)
        defer { store.stop() }
        let relay = try await Relay.start(to: store.endpoint)
        let files = try authority?.client("operator")
        let client = try Self.client([relay.endpoint(isSecure: isSecure)]) { $0.tls = files }
        defer { client.close() }
        let watch = try await WatchRecorder.connected(client.watch(.key("a")))
        // More than the pings that HTTP/2 bears, of which etcd sends one for nearly each call.
        for _ in 0..<450 { _ = try await client.get("a") }
        try await client.put("a", [1])
        #expect(try await watch.events(1).count == 1)
        #expect(watch.disconnections == [])
        #expect(relay.connectionCount == 1)
    }

    @Test("an endpoint that does not write any more is passed over for one that does")
    func readOnly() async throws {
        let full = try await StoreProcess.started(options: ["--byte-limit", "300000"])
        defer { full.stop() }
        let value = [UInt8](repeating: 7, count: 50_000)
        let alone = try full.client()
        defer { alone.close() }
        var refusal: StoreError?
        for index in 0..<50 where refusal == nil {
            do throws(StoreError) {
                try await alone.put("k\(index)", value)
            } catch {
                refusal = error
            }
        }
        #expect(refusal?.code == .noSpace)
        #expect(refusal?.endpoint == "\(full.endpoint)")
        #expect(refusal?.remedy != nil)
        #expect(try await alone.get("k0")?.value == value)
        try await StoreBackEnd.embedded.withStore { store, direct in
            let client = try Self.client([full.endpoint, store.endpoint])
            defer { client.close() }
            try await client.put("a", value)
            #expect(try await direct.get("a")?.value == value)
        }
    }

    @Test("a client finds a store again that was away", arguments: StoreBackEnd.allCases)
    func comingBack(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, client in
            try await client.put("a", [1])
            store.stop()
            await expect(.unavailable) { try await client.get("a", timeoutSeconds: 1) }
            try await store.restart()
            #expect(try await client.get("a", timeoutSeconds: 10)?.value == [1])
        }
    }
}
