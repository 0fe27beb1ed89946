import ClusterStore
import StoreSupport
import Testing

@Suite("Conformance: leases")
struct LeaseTests {
    @Test("a lease has the time it was granted for, and its keys", arguments: StoreBackEnd.allCases)
    func granting(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let granted = try await client.grantLease(seconds: 60)
            #expect(granted.grantedSeconds == 60)
            let chosen = try await client.grantLease(seconds: 60, id: LeaseID(42)).id
            #expect(chosen == LeaseID(42))
            try await client.put("a", [1], lease: chosen)
            try await client.put("b", [1], lease: chosen)
            try await client.put("c", [1], lease: granted.id)
            let info = try await client.leaseInfo(chosen, withKeys: true)
            #expect(info.grantedSeconds == 60)
            #expect((55...60).contains(info.remainingSeconds))
            #expect(info.keys.sorted() == ["a", "b"])
            #expect(try await Set(client.leases()) == [granted.id, chosen])
            #expect(try await client.get("a")?.lease == chosen)
        }
    }

    @Test("what a lease held is deleted with it, in one revision", arguments: StoreBackEnd.allCases)
    func revoking(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let lease = try await client.grantLease(seconds: 60).id
            for key: Key in ["b", "a", "kept"] { try await client.put(key, [1], lease: lease) }
            let last = try await client.put("kept", [2])
            let watch = try await WatchRecorder.connected(client.watch(.all))
            try await client.revokeLease(lease)
            let events = try await watch.events(2)
            #expect(events.map(\.key) == ["a", "b"])
            #expect(events.allSatisfy { $0.kind == .delete && $0.revision == last.next })
            #expect(watch.batches.count == 1)
            #expect(try await client.range(.all).keyValues.map(\.key) == ["kept"])
        }
    }

    @Test("a lease ends when nobody renews it, and not before", arguments: StoreBackEnd.allCases)
    func expiry(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            // etcd gives no less than its elections take.
            let granted = try await client.grantLease(seconds: 2)
            let clock = ContinuousClock()
            let begin = clock.now
            try await client.put("live", [1], lease: granted.id)
            let watch = try await WatchRecorder.connected(client.watch(.key("live")))
            let event = try await watch.events(1, within: 15).first
            let taken = clock.now - begin
            #expect(event?.kind == .delete)
            #expect(event?.key == "live")
            #expect(taken >= .seconds(Double(granted.grantedSeconds) - 0.1), "\(taken)")
            #expect(taken < .seconds(Double(granted.grantedSeconds) + 4), "\(taken)")
            await expect(.leaseNotFound) { try await client.renew(granted.id) }
        }
    }

    @Test("a lease that is renewed stays", arguments: StoreBackEnd.allCases)
    func renewal(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let lease = try await client.grantLease(seconds: 2).id
            try await client.put("live", [1], lease: lease)
            let watch = try await WatchRecorder.connected(client.watch(.key("live")))
            let renewals = Renewals()
            let keeper = Task {
                try await client.keepAlive(lease, everySeconds: 0.5) { seconds in
                    renewals.add(seconds)
                }
            }
            #expect(await eventually(within: 20) { renewals.all.count >= 12 })
            #expect(renewals.all.allSatisfy { $0 == 2 })
            #expect(watch.events.isEmpty)
            keeper.cancel()
            try await keeper.value
            #expect(try await watch.events(1, within: 15).first?.kind == .delete)
        }
    }

    @Test("many leases are renewed side by side", arguments: StoreBackEnd.allCases)
    func manyRenewals(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            var leases: [LeaseID] = []
            for _ in 0..<50 { leases.append(try await client.grantLease(seconds: 30).id) }
            let answers = try await withThrowingTaskGroup(of: Int64.self) { group in
                for lease in leases + leases { group.addTask { try await client.renew(lease) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers == Array(repeating: 30, count: 100))
        }
    }

    @Test("leases and their keys outlive a crash of the store", arguments: StoreBackEnd.allCases)
    func crash(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, client in
            let lease = try await client.grantLease(seconds: 30).id
            let put = try await client.put("live", [1], lease: lease)
            try await store.restart()
            let found = try await client.get("live", timeoutSeconds: 20)
            #expect(found?.lease == lease)
            #expect(found?.modRevision == put)
            #expect(try await client.renew(lease) == 30)
            try await client.revokeLease(lease)
            #expect(try await client.get("live") == nil)
        }
    }
}

/// The answers of renewals, from whichever task.
final class Renewals: Sendable {
    private let seconds = Monitored<[Int64]>([])

    var all: [Int64] { seconds.update { $0 } }

    func add(_ value: Int64) {
        seconds.update { $0.append(value) }
    }
}
