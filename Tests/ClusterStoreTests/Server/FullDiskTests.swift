import ClusterStore
import Platform
import StoreDrills
import StoreSupport
import TestSupport
import Testing

@Suite struct FullDiskTests {
    /// A file system of 8 MiB is filled up under a store that serves.
    @Test func aFullDiskRefusesWritesAndLosesNothing() async throws {
        let folder = try TemporaryDirectory()
        try FilePath("\(folder.path)/disk").makeDirectory()
        let disk = try await SmallDisk(
            over: "\(folder.path)/disk", byteCount: 8 << 20, log: "\(folder.path)/mount")
        let process = StoreProcess(
            directory: "\(disk.path)/store", log: "\(folder.path)/log", launcher: disk.launcher)
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        let lease = try await client.grantLease(seconds: 30)
        let first = try await client.put("leased", [0], lease: lease.id)
        let recorder = WatchRecorder(client.watch(.all, from: first))
        try disk.fill()

        var acknowledged = [first]
        let refusal = try await putUntilRefused(client, &acknowledged)
        #expect(refusal.code == .noSpace, "\(refusal)")
        #expect(refusal.message.contains("database space exceeded"))
        try await expectReadable(client, acknowledged)
        #expect(try await client.renew(lease.id) == 30)

        // It serves what it has also after a crash in this state.
        try await process.restart()
        try await expectReadable(client, acknowledged)
        let again = try await putUntilRefused(client, &acknowledged)
        #expect(again.code == .noSpace, "\(again)")

        disk.free()
        let isHealed = await eventually(within: 10) {
            guard let revision = try? await client.put("healed", [1]) else { return false }
            acknowledged.append(revision)
            return true
        }
        #expect(isHealed)
        let events = try await recorder.events(acknowledged.count)
        #expect(events.map(\.revision) == acknowledged)
        #expect(try await client.leaseInfo(lease.id).remainingSeconds > 0)
    }

    /// The database's own limit reads the same.
    @Test func aDatabaseAtItsLimitRefusesWrites() async throws {
        let folder = try TemporaryDirectory()
        let process = StoreProcess(
            directory: "\(folder.path)/store", log: "\(folder.path)/log",
            options: ["--byte-limit", "400000"])
        try await process.start()
        let client = try process.client()
        defer { client.close() }
        var acknowledged: [Revision] = []
        let refusal = try await putUntilRefused(client, &acknowledged)
        #expect(refusal.code == .noSpace)
        #expect(acknowledged.count > 50)
        try await expectReadable(client, acknowledged)
        // One that needs no more room than there is gets through.
        try await client.delete(.key("leased"))
    }

    private func putUntilRefused(
        _ client: StoreClient, _ acknowledged: inout [Revision]
    ) async throws -> StoreError {
        for number in 0..<20_000 {
            do {
                let revision = try await client.put(
                    "key\(number)", [UInt8](repeating: 7, count: 2000))
                acknowledged.append(revision)
            } catch {
                return error
            }
        }
        throw ToolFailure(message: "20,000 writes were taken")
    }

    private func expectReadable(
        _ client: StoreClient, _ acknowledged: [Revision]
    ) async throws {
        let all = try await client.range(.all)
        #expect(all.revision == acknowledged.last)
        #expect(Set(all.keyValues.map(\.modRevision)).isSubset(of: acknowledged))
        let oldest = try #require(acknowledged.first)
        #expect(try await client.range(.all, revision: oldest).count == 1)
    }
}
