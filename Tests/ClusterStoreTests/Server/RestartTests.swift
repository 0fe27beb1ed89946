import ClusterStore
import Platform
import StoreSupport
import TestSupport
import Testing

/// What a store keeps when its process ends, by a signal or as it should.
@Suite(.takingTurns) struct RestartTests {
    private let folder: TemporaryDirectory
    private let process: StoreProcess

    init() throws {
        folder = try TemporaryDirectory()
        process = StoreProcess(directory: "\(folder.path)/store", log: "\(folder.path)/log")
    }

    @Test(arguments: [true, false])
    func keysAndHistorySurvive(_ isKilled: Bool) async throws {
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        let first = try await client.put("key", [1])
        try await client.put("key", [2])
        try await client.delete(.key("gone"))
        let last = try await client.put("other", [3])
        let before = try await client.range(.all)
        end(isKilled)
        try await process.start()
        let after = try await client.range(.all)
        #expect(after.keyValues == before.keyValues)
        #expect(after.revision == last)
        #expect(after.header.clusterID == before.header.clusterID)
        #expect(try await client.range(.key("key"), revision: first).first?.value == [1])
        #expect(try await client.put("key", [4]) == last.next)
    }

    @Test(arguments: [true, false])
    func leasesHaveWhatWasLeftOfThem(_ isKilled: Bool) async throws {
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        let lease = try await client.grantLease(seconds: 60)
        try await client.put("under", [1], lease: lease.id)
        // Long enough for the clock to have been saved once, which it is every five seconds.
        #expect(
            try await eventually(within: 20) {
                try await client.leaseInfo(lease.id).remainingSeconds <= 52
            })
        end(isKilled)
        // While nobody serves, nobody could renew: that time does not count.
        try await process.start()
        let info = try await client.leaseInfo(lease.id, withKeys: true)
        #expect(info.grantedSeconds == 60)
        #expect(info.keys == ["under"])
        #expect((47...57).contains(info.remainingSeconds), "\(info)")
        if !isKilled { #expect(info.remainingSeconds <= 52, "\(info)") }
    }

    @Test func aLeaseThatWasRenewedIsNotForgotten() async throws {
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        let lease = try await client.grantLease(seconds: 20)
        #expect(
            try await eventually(within: 20) {
                try await client.leaseInfo(lease.id).remainingSeconds <= 12
            })
        _ = try await client.renew(lease.id)
        // A renewal reaches the disk within half a second, and the next look of the upkeep.
        #expect(
            try await eventually(within: 5) {
                try await client.leaseInfo(lease.id).remainingSeconds <= 18
            })
        end(true)
        try await process.start()
        #expect(try await client.leaseInfo(lease.id).remainingSeconds >= 15)
    }

    @Test func aLeaseEndsWithItsKeysAfterARestartToo() async throws {
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        let lease = try await client.grantLease(seconds: 2)
        let put = try await client.put("under", [1], lease: lease.id)
        end(true)
        try await process.start()
        let recorder = WatchRecorder(client.watch(.key("under"), from: put))
        let events = try await recorder.events(2, within: 15)
        #expect(events.map(\.kind) == [.put, .delete])
        await #expect(throws: StoreError.self) { try await client.leaseInfo(lease.id) }
    }

    private func end(_ isKilled: Bool) {
        if isKilled { process.stop() } else { process.terminate() }
    }
}
