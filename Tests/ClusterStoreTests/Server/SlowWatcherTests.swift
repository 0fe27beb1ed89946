import ClusterStore
import Platform
import StoreSupport
import Testing

@Suite(.takingTurns) struct SlowWatcherTests {
    private static let count = 6000
    private static let valueByteCount = 32 << 10

    /// 190 MiB of changes go by a watcher that does not read; the store may keep its 32 MiB of
    /// recent ones, and nothing for the watcher's sake.
    @Test func aSlowWatcherCostsNoMemoryAndMissesNothing() async throws {
        let server = try await StoreProcess.started()
        let client = try server.client { $0.watchBatchLimit = 1 }
        defer { client.close() }
        let first = try await client.put("first", [0])
        var watch = client.watch(.all, from: first).makeAsyncIterator()
        while let event = try await watch.next() {
            if case .events = event { break }
        }
        let process = try #require(server.processIdentifier)
        let before = try residentByteCount(of: process)
        try await putMany(server)
        let growth = try residentByteCount(of: process) - before
        #expect(growth < 120 << 20, "\(growth >> 20) MiB")

        var revisions: [Int64] = []
        while revisions.count < Self.count, let event = try await watch.next() {
            if case .events(let events) = event { revisions += events.map(\.revision.rawValue) }
        }
        let expected = (1...Int64(Self.count)).map { first.rawValue + $0 }
        #expect(revisions == expected)
    }

    /// From many clients at once, whose requests share commits.
    private func putMany(_ server: StoreProcess) async throws {
        let client = try server.client { $0.requestTimeoutSeconds = 30 }
        defer { client.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<20 {
                group.addTask {
                    for number in 0..<Self.count / 20 {
                        try await client.put(
                            "key\(writer)/\(number)",
                            [UInt8](repeating: 1, count: Self.valueByteCount))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func residentByteCount(of process: Int32) throws -> Int {
        let status = try FileDescriptor.contents(of: "/proc/\(process)/status")
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("VmRSS:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return try #require(kibibytes) << 10
    }
}
