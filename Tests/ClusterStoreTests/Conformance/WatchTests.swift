import ClusterStore
import StoreSupport
import Testing

@Suite("Conformance: watches", .takingTurns)
struct WatchTests {
    @Test(
        "a watch tells what changes in its range, and nothing else",
        arguments: StoreBackEnd.allCases)
    func changes(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("k/0", [0])
            let watch = try await WatchRecorder.connected(client.watch(.prefix("k/")))
            try await client.put("other", [1])
            let put = try await client.put("k/1", [1])
            try await client.put("k/1", [2])
            let gone = try await client.delete(.prefix("k/")).revision
            let events = try await watch.events(4)
            #expect(events.map(\.kind) == [.put, .put, .delete, .delete])
            #expect(events.map(\.key) == ["k/1", "k/1", "k/0", "k/1"])
            #expect(events[0].keyValue.createRevision == put)
            #expect(events[1].keyValue.version == 2)
            #expect(events[1].keyValue.createRevision == put)
            #expect(events[2].revision == gone)
            #expect(events[2].keyValue.value.isEmpty)
            #expect(events.allSatisfy { $0.previous == nil })
            #expect(watch.batches.last?.count == 2)
        }
    }

    @Test(
        "a watch begins in the past, and goes on into the present",
        arguments: StoreBackEnd.allCases)
    func past(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            var revisions: [Revision] = []
            for index in 0..<20 { revisions.append(try await client.put("k", [UInt8(index)])) }
            let watch = try await WatchRecorder.connected(
                client.watch(.key("k"), from: revisions[5]))
            for index in 20..<25 { revisions.append(try await client.put("k", [UInt8(index)])) }
            let events = try await watch.events(20)
            #expect(events.map { $0.keyValue.value } == (5..<25).map { [UInt8($0)] })
            #expect(events.map(\.revision) == Array(revisions[5...]))
        }
    }

    @Test("a watch that begins in the future waits for it", arguments: StoreBackEnd.allCases)
    func future(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let now = try await client.put("k", [0])
            let start = Revision(now.rawValue + 3)
            let watch = try await WatchRecorder.connected(client.watch(.key("k"), from: start))
            for index in 1...4 { try await client.put("k", [UInt8(index)]) }
            let events = try await watch.events(2)
            #expect(events.map(\.revision) == [start, start.next])
        }
    }

    @Test("events tell what was there before, when asked", arguments: StoreBackEnd.allCases)
    func previous(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("k", [1])
            var options = WatchOptions()
            options.returnsPrevious = true
            let watch = try await WatchRecorder.connected(
                client.watch(.all, options: options))
            try await client.put("k", [2])
            try await client.delete(.key("k"))
            try await client.put("k", [3])
            let events = try await watch.events(3)
            #expect(events.map { $0.previous?.value } == [[1], [2], nil])
        }
    }

    @Test("filters leave out puts or deletions", arguments: StoreBackEnd.allCases)
    func filters(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            var noPuts = WatchOptions()
            noPuts.ignoresPuts = true
            var noDeletions = WatchOptions()
            noDeletions.ignoresDeletions = true
            let deletions = try await WatchRecorder.connected(
                client.watch(.all, options: noPuts))
            let puts = try await WatchRecorder.connected(
                client.watch(.all, options: noDeletions))
            for index in 0..<3 {
                try await client.put("k", [UInt8(index)])
                try await client.delete(.key("k"))
            }
            #expect(try await deletions.events(3).map(\.kind) == [.delete, .delete, .delete])
            #expect(try await puts.events(3).map(\.kind) == [.put, .put, .put])
        }
    }

    @Test("a transaction's events come together, however large", arguments: StoreBackEnd.allCases)
    func fragments(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            var options = WatchOptions()
            options.returnsPrevious = true
            let watch = try await WatchRecorder.connected(
                client.watch(.prefix("k"), options: options))
            // With what was there before, the second is larger than one answer may be.
            for round in 0..<2 {
                var large = Transaction()
                large.success = (10..<30).map { index in
                    .put("k\(index)", [UInt8](repeating: UInt8(round), count: 70_000))
                }
                try await client.transaction(large)
            }
            let events = try await watch.events(40)
            #expect(watch.batches.map(\.count) == [20, 20])
            #expect(events.map(\.key) == (0..<2).flatMap { _ in (10..<30).map { "k\($0)" } })
            #expect(events.suffix(20).allSatisfy { $0.previous?.value.count == 70_000 })
        }
    }

    @Test("a watch of compacted history says so, and goes on", arguments: StoreBackEnd.allCases)
    func compaction(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let first = try await client.put("k", [0])
            for index in 1..<10 { try await client.put("k", [UInt8(index)]) }
            let compacted = Revision(first.rawValue + 6)
            try await client.compact(to: compacted)
            let watch = try await WatchRecorder.connected(client.watch(.all, from: first))
            @Sendable func compactions() -> [(Revision, Revision)] {
                watch.all.compactMap { event in
                    guard case .compacted(let at, let behind) = event else { return nil }
                    return (at, behind)
                }
            }
            #expect(await eventually { !compactions().isEmpty })
            let told = compactions()
            let (at, behind) = try #require(told.first)
            #expect(told.count == 1)
            #expect(at == compacted)
            #expect(behind >= compacted)
            let last = try await client.put("k", [99])
            #expect(await eventually { watch.events.last?.revision == last })
            let revisions = watch.events.map(\.revision)
            #expect(revisions == (behind.rawValue + 1...last.rawValue).map { Revision($0) })
        }
    }

    @Test("following a range survives lost history", arguments: StoreBackEnd.allCases)
    func following(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("k1", [1])
            var follower = client.follow(.prefix("k")).makeAsyncIterator()
            guard case .snapshot(let all, let revision) = try await follower.next() else {
                Issue.record("no snapshot")
                return
            }
            #expect(all.map(\.key) == ["k1"])
            // The watch begins with the next question: so its history is lost before.
            for index in 2..<9 { try await client.put("k\(index)", [UInt8(index)]) }
            try await client.compact(to: Revision(revision.rawValue + 5))
            guard case .snapshot(let more, _) = try await follower.next() else {
                Issue.record("no second snapshot")
                return
            }
            #expect(more.map(\.key) == (1..<9).map { "k\($0)" })
            try await client.delete(.key("k3"))
            guard case .changes(let changes) = try await follower.next() else {
                Issue.record("no changes")
                return
            }
            #expect(changes.map(\.key) == ["k3"])
        }
    }

    @Test("watches end with their readers, and with the client", arguments: StoreBackEnd.allCases)
    func ending(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, _ in
            let client = try store.client()
            let first = try await WatchRecorder.connected(client.watch(.all))
            let second = try await WatchRecorder.connected(client.watch(.all))
            first.cancel()
            #expect(await eventually { first.hasEnded })
            #expect(!second.hasEnded)
            client.close()
            #expect(await eventually { second.hasEnded })
            #expect(second.error == nil)
        }
    }

    @Test("many watches of one client hear the same", arguments: StoreBackEnd.allCases)
    func many(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            var watches: [WatchRecorder] = []
            for _ in 0..<40 {
                watches.append(try await WatchRecorder.connected(client.watch(.prefix("k"))))
            }
            for index in 0..<25 { try await client.put("k", [UInt8(index)]) }
            for watch in watches {
                let events = try await watch.events(25)
                #expect(events.map { $0.keyValue.value } == (0..<25).map { [UInt8($0)] })
            }
        }
    }

    @Test("a watch goes on where it was after the store crashed", arguments: StoreBackEnd.allCases)
    func crash(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { store, client in
            let watch = try await WatchRecorder.connected(client.watch(.key("k")))
            for round in 0..<4 {
                for index in 0..<5 {
                    try await client.put("k", [UInt8(round * 5 + index)], timeoutSeconds: 20)
                }
                try await store.restart()
                // A read that finds the store again: a write on the lost connection would not know.
                _ = try await client.get("k", timeoutSeconds: 20)
            }
            try await client.put("k", [20], timeoutSeconds: 20)
            let events = try await watch.events(21, within: 30)
            #expect(events.map { $0.keyValue.value } == (0...20).map { [UInt8($0)] })
            #expect(!watch.disconnections.isEmpty)
        }
    }
}
