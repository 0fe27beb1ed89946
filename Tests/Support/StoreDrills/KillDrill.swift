internal import Glibc
internal import Platform
internal import StoreSupport
internal import TestSupport

internal import ClusterStore

/// Kills the embedded store at random instants while clients write and watch, again and again, and
/// holds what it then has against what it had acknowledged.
package struct KillDrill: Sendable {
    package struct Report: Sendable {
        package var seed: UInt64
        package var killCount = 0
        package var acknowledgedCount = 0
        package var unknownCount = 0
        package var eventCount = 0
        package var seconds = 0.0
        /// Empty where everything held.
        package var violations: [String] = []
    }

    package let seed: UInt64
    package let killCount: Int
    private static let writerCount = 6
    private static let prefix = "/drill/"

    package init(seed: UInt64, killCount: Int) {
        self.seed = seed
        self.killCount = killCount
    }

    package func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> Report {
        let started = Clock.nowNanoseconds()
        let folder = try FolderOwner()
        let server = StoreProcess(
            directory: "\(folder.path)/store", log: "\(folder.path)/log",
            options: ["--kept-revisions", "1000000000"])
        try await server.start()
        let client = try server.client { configuration in
            configuration.requestTimeoutSeconds = 30
            configuration.backoffSeconds = 0.005...0.02
        }
        defer { client.close() }
        let book = DrillBook()
        let lease = try await client.grantLease(seconds: 3600)
        let first = try await client.put(
            Key("\(Self.prefix)leased"), [1], lease: lease.id)
        let recorder = WatchRecorder(client.watch(.prefix(Key(Self.prefix)), from: first))
        defer { recorder.cancel() }
        try await killWhileWriting(server, client, book, progress)
        let last = try await judge(client, book, recorder, first: first)
        try await judgeLease(lease.id, client, book)
        return Report(
            seed: seed, killCount: killCount, acknowledgedCount: book.acknowledged.count,
            unknownCount: book.unknownCount, eventCount: Int(last - first.rawValue + 1),
            seconds: Double(Clock.nowNanoseconds() - started) / 1e9, violations: book.violations)
    }

    // MARK: Kills

    private func killWhileWriting(
        _ server: StoreProcess, _ client: StoreClient, _ book: DrillBook,
        _ progress: @Sendable (Int) -> Void
    ) async throws {
        let stop = DrillStop()
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Also where a store does not come back: the group waits for its writers.
            defer { stop.set() }
            for writer in 0..<Self.writerCount {
                let writer = DrillWriter(
                    key: Key("\(Self.prefix)\(writer)"), client: client, book: book,
                    seed: seed &+ UInt64(writer) &* 7919, stop: stop)
                group.addTask { await writer.run() }
            }
            var random = SeededGenerator(seed: seed)
            for number in 1...killCount {
                try await kill(server, &random)
                // Writers go on meanwhile: only what they were told before counts.
                let highest = book.highest
                let revision = try await client.range(.key("none")).revision.rawValue
                if revision < highest {
                    book.violate("revision \(highest) went back to \(revision)")
                }
                progress(number)
            }
            stop.set()
            try await group.waitForAll()
        }
    }

    /// One time in eight it is killed before it listens again, too.
    private func kill(
        _ server: StoreProcess, _ random: inout SeededGenerator
    ) async throws {
        await sleep(milliseconds: .random(in: 5...150, using: &random))
        server.signal(SIGKILL)
        server.stop()
        if UInt.random(in: 0..<8, using: &random) == 0 {
            try server.launch()
            await sleep(milliseconds: .random(in: 0...80, using: &random))
            server.stop()
        }
        try await server.start()
    }

    /// The instant is the point; it is not waited for anything.
    private func sleep(milliseconds: Int) async {
        try? await Task.sleep(for: .milliseconds(milliseconds))
    }

    // MARK: Judgement

    private func judge(
        _ client: StoreClient, _ book: DrillBook, _ recorder: WatchRecorder, first: Revision
    ) async throws -> Int64 {
        // Nobody writes any more.
        let last = try await client.range(.key("none")).revision.rawValue
        if last < book.highest { book.violate("the last revision is \(last)") }
        let count = Int(last - first.rawValue + 1)
        _ = try? await recorder.events(count, within: 60)
        for event in recorder.all {
            switch event {
            case .compacted(let revision, _): book.violate("the watch lost \(revision)")
            case .replaced: book.violate("the watch took the store for another one")
            default: break
            }
        }
        book.judge(recorder.events, "the watch", first: first.rawValue, last: last)
        let later = WatchRecorder(client.watch(.prefix(Key(Self.prefix)), from: first))
        defer { later.cancel() }
        _ = try? await later.events(count, within: 60)
        book.judge(later.events, "a later watch", first: first.rawValue, last: last)
        return last
    }

    private func judgeLease(
        _ lease: LeaseID, _ client: StoreClient, _ book: DrillBook
    ) async throws {
        let info = try await client.leaseInfo(lease, withKeys: true)
        if info.keys != [Key("\(Self.prefix)leased")] || info.remainingSeconds < 3000 {
            book.violate("the lease came back as \(info)")
        }
    }
}
