import ClusterStore
import StoreSupport
import Testing

@Suite("Conformance: keys and values")
struct KeyValueTests {
    @Test("a key that was put has its place in the history", arguments: StoreBackEnd.allCases)
    func putAndGet(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let first = try await client.put("a", Array("one".utf8))
            let second = try await client.put("a", Array("two".utf8))
            #expect(second == first.next)
            let found = try #require(try await client.get("a"))
            let expected = KeyValue(
                key: "a", value: Array("two".utf8), createRevision: first, modRevision: second,
                version: 2)
            #expect(found == expected)
            #expect(try await client.get("b") == nil)
        }
    }

    @Test("keys and values may be any bytes", arguments: StoreBackEnd.allCases)
    func anyBytes(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let key = Key(bytes: [0, 255, 10, 0])
            let value = (0...255).map { UInt8($0) }
            try await client.put(key, value)
            try await client.put("empty", [])
            #expect(try await client.get(key)?.value == value)
            #expect(try await client.get("empty")?.value == [])
        }
    }

    @Test("ranges hold the keys between their ends, in order", arguments: StoreBackEnd.allCases)
    func ranges(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let last = Key(bytes: [0xff, 0xff])
            for key: Key in ["b/2", "a", "b/1", "b", "c", last, "b0"] {
                try await client.put(key, key.bytes)
            }
            let cases: [(KeyRange, [Key])] = [
                (.prefix("b/"), ["b/1", "b/2"]), (.prefix("b"), ["b", "b/1", "b/2", "b0"]),
                (.from("b", to: "c"), ["b", "b/1", "b/2", "b0"]), (.from("c"), ["c", last]),
                (.prefix(Key(bytes: [0xff])), [last]),
                (.all, ["a", "b", "b/1", "b/2", "b0", "c", last]), (.key("b"), ["b"]),
                (.from("c", to: "b"), []),
            ]
            for (range, expected) in cases {
                let result = try await client.range(range)
                #expect(result.keyValues.map(\.key) == expected, "\(range)")
                #expect(result.count == Int64(expected.count), "\(range)")
                #expect(!result.hasMore)
            }
        }
    }

    @Test("a limit leaves keys out and says so", arguments: StoreBackEnd.allCases)
    func limits(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            for index in 0..<5 { try await client.put("k\(index)", []) }
            let some = try await client.range(.prefix("k"), limit: 3)
            #expect(some.keyValues.map(\.key) == ["k0", "k1", "k2"])
            #expect(some.hasMore)
            #expect(some.count == 5)
            let exact = try await client.range(.prefix("k"), limit: 5)
            #expect(!exact.hasMore)
        }
    }

    @Test("pages of a range are of one moment", arguments: StoreBackEnd.allCases)
    func pages(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            for index in 10..<35 { try await client.put("k\(index)", [1]) }
            let moment = try await client.range(.prefix("k"), limit: 1).revision
            try await client.delete(.prefix("k2"))
            try await client.put("k11", [2])
            let result = try await client.rangeInPages(
                .prefix("k"), pageCount: 4, revision: moment)
            #expect(result.keyValues.map(\.key) == (10..<35).map { "k\($0)" })
            #expect(result.keyValues.allSatisfy { $0.value == [1] })
            #expect(!result.hasMore)
        }
    }

    @Test("sorting goes by what was asked for", arguments: StoreBackEnd.allCases)
    func sorting(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("x", [3])
            try await client.put("z", [1])
            try await client.put("y", [2])
            try await client.put("x", [3])
            let targets: [(RangeQuery.SortTarget, [Key])] = [
                (.key, ["x", "y", "z"]), (.value, ["z", "y", "x"]),
                (.createRevision, ["x", "z", "y"]), (.modRevision, ["z", "y", "x"]),
            ]
            for (target, ascending) in targets {
                var query = RangeQuery(.all)
                query.sortTarget = target
                query.order = .ascending
                #expect(try await client.range(query).keyValues.map(\.key) == ascending)
                query.order = .descending
                query.limit = 2
                let last = try await client.range(query).keyValues.map(\.key)
                #expect(last == Array(ascending.reversed().prefix(2)), "\(target)")
            }
        }
    }

    @Test("a read may leave values or all keys behind", arguments: StoreBackEnd.allCases)
    func partialReads(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            for index in 0..<3 { try await client.put("k\(index)", [9]) }
            var query = RangeQuery(.prefix("k"))
            query.keysOnly = true
            let keys = try await client.range(query)
            #expect(keys.keyValues.map(\.value) == [[], [], []])
            #expect(keys.keyValues.map(\.key) == ["k0", "k1", "k2"])
            query = RangeQuery(.prefix("k"))
            query.countOnly = true
            let count = try await client.range(query)
            #expect(count.keyValues.isEmpty)
            #expect(count.count == 3)
        }
    }

    @Test("bounds on revisions choose keys", arguments: StoreBackEnd.allCases)
    func revisionBounds(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let first = try await client.put("a", [])
            let second = try await client.put("b", [])
            let third = try await client.put("a", [])
            func keys(_ change: (inout RangeQuery) -> Void) async throws -> [Key] {
                var query = RangeQuery(.all)
                change(&query)
                return try await client.range(query).keyValues.map(\.key)
            }
            #expect(try await keys { $0.minModRevision = third } == ["a"])
            #expect(try await keys { $0.maxModRevision = second } == ["b"])
            #expect(try await keys { $0.minCreateRevision = second } == ["b"])
            #expect(try await keys { $0.maxCreateRevision = first } == ["a"])
        }
    }

    @Test("the past is read as it was", arguments: StoreBackEnd.allCases)
    func past(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let first = try await client.put("a", [1])
            let second = try await client.put("a", [2])
            let gone = try await client.delete(.key("a")).revision
            let again = try await client.put("a", [3])
            #expect(try await client.range(.key("a"), revision: first).first?.value == [1])
            #expect(try await client.range(.key("a"), revision: second).first?.version == 2)
            #expect(try await client.range(.key("a"), revision: gone).first == nil)
            let last = try await client.get("a")
            #expect(last?.version == 1)
            #expect(last?.createRevision == again)
        }
    }

    @Test("a deletion says what it deleted, and none is no revision", arguments: StoreBackEnd.allCases)
    func deletion(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("k1", [1])
            let last = try await client.put("k2", [2])
            let nothing = try await client.delete(.key("other"))
            #expect(nothing.deletedCount == 0)
            #expect(nothing.revision == last)
            let result = try await client.delete(.prefix("k"), returnsPrevious: true)
            #expect(result.deletedCount == 2)
            #expect(result.revision == last.next)
            #expect(result.previous.map(\.value) == [[1], [2]])
            #expect(try await client.range(.all).count == 0)
        }
    }

    @Test("a put tells what was there, and may keep value or lease", arguments: StoreBackEnd.allCases)
    func putOptions(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let lease = try await client.grantLease(seconds: 60).id
            var request = PutRequest("a", [1], lease: lease)
            request.returnsPrevious = true
            #expect(try await client.put(request).previous == nil)
            request = PutRequest("a", [2])
            request.returnsPrevious = true
            request.ignoresLease = true
            #expect(try await client.put(request).previous?.value == [1])
            #expect(try await client.get("a")?.lease == lease)
            request = PutRequest("a", [])
            request.ignoresValue = true
            _ = try await client.put(request)
            let found = try await client.get("a")
            #expect(found?.value == [2])
            #expect(found?.lease == nil)
            #expect(found?.version == 3)
        }
    }
}
