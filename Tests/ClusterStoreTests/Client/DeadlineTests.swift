import ClusterStore
import StoreSupport
import Testing

@Suite("Deadlines of the client", .takingTurns)
struct DeadlineTests {
    /// Every call of the client, by name.
    private static let calls: [(String, @Sendable (StoreClient, Double) async throws -> Void)] = [
        ("range", { _ = try await $0.range(.all, timeoutSeconds: $1) }),
        ("pages", { _ = try await $0.rangeInPages(.all, timeoutSeconds: $1) }),
        ("put", { try await $0.put("a", [1], timeoutSeconds: $1) }),
        ("delete", { try await $0.delete(.all, timeoutSeconds: $1) }),
        (
            "transaction",
            { try await $0.transaction(Transaction().then(.put("a", [])), timeoutSeconds: $1) }
        ),
        ("compact", { try await $0.compact(to: Revision(1), timeoutSeconds: $1) }),
        ("status", { _ = try await $0.status(timeoutSeconds: $1) }),
        ("grant", { _ = try await $0.grantLease(seconds: 5, timeoutSeconds: $1) }),
        ("renew", { try await $0.renew(LeaseID(1), timeoutSeconds: $1) }),
        ("revoke", { try await $0.revokeLease(LeaseID(1), timeoutSeconds: $1) }),
        ("lease", { _ = try await $0.leaseInfo(LeaseID(1), timeoutSeconds: $1) }),
        ("leases", { _ = try await $0.leases(timeoutSeconds: $1) }),
    ]

    enum Trouble: CaseIterable, Sendable {
        /// The connection stands and falls silent.
        case silence
        /// Whoever connects finds nobody who speaks.
        case hanging
        /// Connections are closed as soon as they stand.
        case closing
    }

    @Test(
        "every call ends by its deadline, with an error that says where",
        arguments: Trouble.allCases)
    func deadlines(trouble: Trouble) async throws {
        try await StoreBackEnd.etcd.withStore { store, _ in
            let relay = try await Relay.start(to: store.endpoint)
            var configuration = StoreClientConfiguration(endpoints: [relay.endpoint()])
            configuration.backoffSeconds = 0.02...0.2
            let client = try StoreClient(configuration: configuration)
            defer { client.close() }
            switch trouble {
            case .silence:
                try await client.put("a", [1])
                relay.stall()
            case .hanging: relay.stall()
            case .closing: relay.setOpen(false)
            }
            let clock = ContinuousClock()
            await withTaskGroup(of: Void.self) { group in
                for (name, call) in Self.calls {
                    group.addTask {
                        let begin = clock.now
                        let error = await #expect(throws: StoreError.self, "\(name)") {
                            try await call(client, 0.8)
                        }
                        let taken = clock.now - begin
                        #expect(taken < .seconds(2), "\(name) took \(taken)")
                        #expect(error?.endpoint == "\(relay.endpoint())", "\(name)")
                    }
                }
            }
            guard trouble == .silence else { return }
            // The next call tries another connection, while the silence lasts and after.
            let count = relay.connectionCount
            await expect(.unavailable) { try await client.get("a", timeoutSeconds: 0.8) }
            #expect(await eventually { relay.connectionCount > count })
            relay.resume()
            // What was held back comes through now, a deletion too: the key may be there or not.
            _ = try await client.get("a", timeoutSeconds: 10)
        }
    }

    @Test(
        "a write whose answer was lost is not done twice, and says that it may be done",
        arguments: StoreBackEnd.allCases)
    func lostAnswer(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, direct in
            let relay = try await Relay.start(to: store.endpoint)
            let client = try StoreClient(
                configuration: StoreClientConfiguration(endpoints: [relay.endpoint()]))
            defer { client.close() }
            try await client.put("a", [0])
            relay.setDelay(seconds: 0.4)
            let write = Task { try await client.put("a", [1]) }
            // The request has passed, the answer is on its way.
            #expect(await eventually { (try? await direct.get("a"))?.value == [1] })
            relay.cut()
            relay.setDelay(seconds: 0)
            await expect(.outcomeUnknown) { try await write.value }
            #expect(try await client.get("a")?.version == 2)
        }
    }

    @Test("a write that found nobody was not done")
    func nobody() async throws {
        let port = try LoopbackPort.free()
        let client = try StoreClient(
            configuration: StoreClientConfiguration(endpoints: [
                StoreEndpoint(isSecure: false, host: "127.0.0.1", port: port)
            ]))
        defer { client.close() }
        await expect(.unavailable) { try await client.put("a", [1], timeoutSeconds: 0.5) }
    }

    @Test("a call that is cancelled ends at once", arguments: StoreBackEnd.allCases)
    func cancellation(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, _ in
            let relay = try await Relay.start(to: store.endpoint)
            let client = try StoreClient(
                configuration: StoreClientConfiguration(endpoints: [relay.endpoint()]))
            defer { client.close() }
            try await client.put("a", [1])
            relay.stall()
            let call = Task { try await client.get("a", timeoutSeconds: 60) }
            let clock = ContinuousClock()
            let begin = clock.now
            call.cancel()
            let error = await #expect(throws: StoreError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            #expect(clock.now - begin < .seconds(1.5))
        }
    }

    @Test("a client that was closed refuses")
    func closed() async throws {
        try await StoreBackEnd.etcd.withStore { _, client in
            try await client.put("a", [1])
            client.close()
            let error = await #expect(throws: StoreError.self) { try await client.get("a") }
            #expect(error?.code == .closed)
        }
    }
}
