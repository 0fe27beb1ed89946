import FoundationEssentials
import GRDB
import Logging
import StoreSupport
import TestSupport
import Testing

@testable import ClusterStore

/// Compaction takes what nobody can ask for any more, and nothing else.
@Suite struct CompactionTests {
    private static let revisionCount: Int64 = 150
    private static let all = KeySpan(first: Data([0]), end: nil)

    /// What can be read and watched at each revision that is left.
    private struct View: Equatable {
        var keyValues: [Int64: [Mvccpb_KeyValue]] = [:]
        var events: [Mvccpb_Event] = []
    }

    @Test(arguments: 0..<8)
    func whatIsLeftReadsAsBefore(_ round: Int) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let folder = try TemporaryDirectory()
        let file = try StoreFile(directory: folder.path, byteLimit: 1 << 30)
        let store = try KeyValueStore(pool: file.pool, logger: Logger(label: "test"))
        var random = SeededGenerator(seed: seed)
        try await fill(store, &random)
        // Twice: the second goes on where the first ended.
        let first = Int64.random(in: 2..<Self.revisionCount, using: &random)
        for target in [first, Int64.random(in: first + 1...Self.revisionCount, using: &random)] {
            let before = try await view(store, from: target)
            let step = Int64.random(in: 1...40, using: &random)
            _ = try await store.write { draft in try draft.compact(to: target) }
            while try await store.write({ try $0.sweep(revisionLimit: step) }).result {}
            #expect(try await view(store, from: target) == before, "seed \(seed)")
            #expect(try await rowCount(store) == expectedRowCount(before, target), "seed \(seed)")
            await #expect(throws: (any Error).self) {
                try await store.read { try $0.requireRevision(target - 1) }
            }
        }
        await store.close()
        file.close()
    }

    /// Puts, deletions and transactions of several changes over a few keys.
    private func fill(_ store: KeyValueStore, _ random: inout SeededGenerator) async throws {
        while store.revision < Self.revisionCount {
            let keys = (0..<6).map { Data("key\($0)".utf8) }.shuffled(using: &random)
            let changes = keys.prefix(Int.random(in: 1...3, using: &random)).map { key in
                (key, isDeletion: Int.random(in: 0..<3, using: &random) == 0)
            }
            _ = try await store.write { draft in
                for (key, isDeletion) in changes {
                    if isDeletion {
                        try draft.delete(KeySpan(key: key))
                    } else {
                        try draft.put(key, Data("value".utf8), lease: 0)
                    }
                }
            }
        }
    }

    private func view(_ store: KeyValueStore, from start: Int64) async throws -> View {
        let last = store.revision
        return try await store.read { snapshot in
            var view = View()
            for revision in start...last {
                view.keyValues[revision] = try snapshot.keyValues(in: Self.all, at: revision)
            }
            var next = start
            while next <= last {
                let batch = try snapshot.events(in: Self.all, from: next, through: last)
                view.events += batch.events
                next = batch.through + 1
            }
            return view
        }
    }

    private func rowCount(_ store: KeyValueStore) async throws -> Int {
        try await store.read { snapshot in
            try Int.fetchOne(snapshot.db, sql: "SELECT COUNT(*) FROM history") ?? -1
        }
    }

    /// A row for each change from the revision on, and for each key that it only inherits.
    private func expectedRowCount(_ view: View, _ target: Int64) -> Int {
        let inherited = (view.keyValues[target] ?? []).count { $0.modRevision < target }
        return view.events.count + inherited
    }
}
