import ClusterStore
import StoreSupport
import TestSupport
import Testing

@Suite("The client on a bad network", .takingTurns)
struct BadNetworkTests {
    @Test("a watch neither loses nor repeats over fifty cuts", arguments: StoreBackEnd.allCases)
    func cuts(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, direct in
            var generator = SeededGenerator(seed: 20_261_128)
            let relay = try await Relay.start(to: store.endpoint)
            var configuration = StoreClientConfiguration(endpoints: [relay.endpoint()])
            configuration.backoffSeconds = 0.005...0.02
            let client = try StoreClient(configuration: configuration)
            defer { client.close() }
            let watch = try await WatchRecorder.connected(client.watch(.prefix("k/")))
            var written: [Key] = []
            for cut in 0..<50 {
                for index in 0..<Int.random(in: 1...6, using: &generator) {
                    // Several keys in one revision, which must not be torn apart.
                    let keys = (0..<Int.random(in: 1...4, using: &generator)).map {
                        Key("k/\(cut)-\(index)-\($0)")
                    }
                    var transaction = Transaction()
                    transaction.success = keys.map { .put($0, []) }
                    try await direct.transaction(transaction)
                    written += keys
                    if Bool.random(using: &generator) { relay.cut() }
                }
                relay.cut()
                // Sometimes the watch comes back before the next cut, and sometimes it does not.
                if Bool.random(using: &generator) {
                    let count = watch.events.count
                    _ = await eventually(within: 0.2) { watch.events.count > count }
                }
            }
            try await direct.put("k/last", [])
            written.append("k/last")
            let events = try await watch.events(written.count, within: 20)
            #expect(events.map(\.key) == written)
            let torn = Dictionary(
                grouping: watch.batches.indices.flatMap { batch in
                    Set(watch.batches[batch].map(\.revision)).map { ($0, batch) }
                }, by: \.0
            ).filter { $0.value.count > 1 }
            #expect(torn.isEmpty)
            #expect(relay.connectionCount > 10)
        }
    }

    @Test(
        "a watch notices a store that says nothing any more, and goes elsewhere",
        arguments: StoreBackEnd.allCases)
    func silentWatch(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, direct in
            let relay = try await Relay.start(to: store.endpoint)
            var configuration = StoreClientConfiguration(
                endpoints: [relay.endpoint(), store.endpoint])
            configuration.firstEndpoint = 0
            configuration.watchQuietSeconds = 1
            let client = try StoreClient(configuration: configuration)
            defer { client.close() }
            let watch = try await WatchRecorder.connected(client.watch(.all))
            relay.stall()
            try await direct.put("a", [1])
            let clock = ContinuousClock()
            let begin = clock.now
            #expect(try await watch.events(1).first?.keyValue.value == [1])
            #expect(clock.now - begin < .seconds(3))
            #expect(watch.disconnections.count == 1)
        }
    }

    @Test("a quiet watch is not taken for a dead one", arguments: StoreBackEnd.allCases)
    func quietWatch(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, direct in
            let client = try store.client { $0.watchQuietSeconds = 0.4 }
            defer { client.close() }
            let watch = try await WatchRecorder.connected(client.watch(.key("a")))
            // Many times the silence that is borne.
            let clock = ContinuousClock()
            let end = clock.now + .seconds(4)
            while clock.now < end {
                try await direct.put("b", [])
                try await Task.sleep(for: .milliseconds(50))
            }
            try await direct.put("a", [1])
            #expect(try await watch.events(1).count == 1)
            #expect(watch.disconnections == [])
        }
    }

    @Test(
        "a lease outlives a network that stalls for three seconds",
        arguments: StoreBackEnd.allCases)
    func stalledLease(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, direct in
            let relay = try await Relay.start(to: store.endpoint)
            var configuration = StoreClientConfiguration(endpoints: [relay.endpoint()])
            configuration.threads = .own
            let client = try StoreClient(configuration: configuration)
            defer { client.close() }
            let lease = try await client.grantLease(seconds: 6).id
            try await client.put("live", [1], lease: lease)
            let watch = try await WatchRecorder.connected(direct.watch(.key("live")))
            let renewals = Renewals()
            let keeper = Task {
                try await client.keepAlive(lease, everySeconds: 2) { renewals.add($0) }
            }
            defer { keeper.cancel() }
            #expect(await eventually { renewals.all.count >= 1 })
            relay.stall()
            // The time that the stall lasts is what is tested.
            try await Task.sleep(for: .seconds(3))
            relay.resume()
            let count = renewals.all.count
            #expect(await eventually(within: 5) { renewals.all.count >= count + 2 })
            #expect(watch.events.isEmpty)
        }
    }

    @Test(
        "a slow reader holds the store back, and still hears everything",
        arguments: StoreBackEnd.allCases)
    func slowReader(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, direct in
            let client = try store.client { $0.watchBatchLimit = 2 }
            defer { client.close() }
            var watch = client.watch(.key("k")).makeAsyncIterator()
            guard case .connected = try await watch.next() else {
                Issue.record("no watch")
                return
            }
            // More than the queue and the windows of the connection hold.
            let value = [UInt8](repeating: 1, count: 100_000)
            let count = 60
            for _ in 0..<count { try await direct.put("k", value) }
            var versions: [Int64] = []
            while versions.count < count, let event = try await watch.next() {
                guard case .events(let events) = event else { continue }
                versions += events.map(\.keyValue.version)
            }
            #expect(versions == (1...Int64(count)).map { $0 })
        }
    }
}
