import ClusterStore
import StoreSupport
import Testing

@Suite("Conformance: transactions")
struct TransactionTests {
    typealias Comparison = Transaction.Comparison
    typealias Target = Comparison.Target

    @Test("comparisons of every target with every relation", arguments: StoreBackEnd.allCases)
    func comparisons(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let lease = try await client.grantLease(seconds: 60, id: LeaseID(500)).id
            let created = try await client.put("k", [5])
            let modified = try await client.put("k", [5], lease: lease)
            // Each target with a value below, at, and above what the key has.
            let targets: [[Target]] = [
                [.version(1), .version(2), .version(3)],
                [created.rawValue - 1, created.rawValue, created.rawValue + 1]
                    .map { .createRevision(Revision($0)) },
                [modified.rawValue - 1, modified.rawValue, modified.rawValue + 1]
                    .map { .modRevision(Revision($0)) },
                [.value([4]), .value([5]), .value([5, 0])],
                [.lease(LeaseID(499)), .lease(lease), .lease(LeaseID(501))],
            ]
            for target in targets {
                for (place, value) in target.enumerated() {
                    for relation in Comparison.Relation.allCases {
                        let comparison = Comparison(.key("k"), relation, value)
                        let holds = try await client.transaction(Transaction().when(comparison))
                        let due =
                            switch relation {
                            case .equal: place == 1
                            case .notEqual: place != 1
                            case .greater: place == 0
                            case .less: place == 2
                            }
                        #expect(holds.succeeded == due, "\(value) \(relation)")
                    }
                }
            }
        }
    }

    @Test("a missing key compares as zero, and has no value", arguments: StoreBackEnd.allCases)
    func missingKeys(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            func holds(_ comparison: Comparison) async throws -> Bool {
                try await client.transaction(Transaction().when(comparison)).succeeded
            }
            #expect(try await holds(.isMissing("k")))
            #expect(try await !holds(.exists("k")))
            #expect(try await holds(.version(of: "k", .equal, 0)))
            #expect(try await holds(.version(of: "k", .less, 1)))
            #expect(try await holds(.modRevision(of: "k", .equal, .zero)))
            #expect(try await holds(.lease(of: "k", .equal, nil)))
            #expect(try await !holds(.value(of: "k", .equal, [])))
            #expect(try await !holds(.value(of: "k", .notEqual, [1])))
            try await client.put("k", [])
            #expect(try await holds(.exists("k")))
            #expect(try await holds(.value(of: "k", .equal, [])))
        }
    }

    @Test("a comparison of a range holds for all its keys", arguments: StoreBackEnd.allCases)
    func rangeComparisons(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("k1", [7])
            try await client.put("k2", [7])
            func holds(_ range: KeyRange, _ target: Target) async throws -> Bool {
                let comparison = Comparison(range, .equal, target)
                return try await client.transaction(Transaction().when(comparison)).succeeded
            }
            #expect(try await holds(.prefix("k"), .value([7])))
            #expect(try await holds(.prefix("k"), .version(1)))
            try await client.put("k2", [8])
            #expect(try await !holds(.prefix("k"), .value([7])))
            #expect(try await !holds(.prefix("k"), .version(1)))
            #expect(try await holds(.from("k1", to: "k2"), .version(1)))
        }
    }

    @Test("one branch happens, in one revision, in order", arguments: StoreBackEnd.allCases)
    func branches(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let before = try await client.put("old", [1])
            let transaction = Transaction()
                .when(.isMissing("new"), .value(of: "old", .equal, [1]))
                .then(
                    .put("new", [2]), .range(.key("new")), .delete(.key("old")), .range(.all))
                .otherwise(.range(.key("new")), .put("lost", [3]))
            let first = try await client.transaction(transaction)
            #expect(first.succeeded)
            #expect(first.revision == before.next)
            #expect(first.responses.count == 4)
            #expect(first.responses[1].keyValues?.first?.value == [2])
            #expect(first.responses[1].keyValues?.first?.modRevision == before.next)
            #expect(first.responses[3].keyValues?.map(\.key) == ["new"])
            if case .delete(let deletion) = first.responses[2] {
                #expect(deletion.deletedCount == 1)
            } else {
                Issue.record("no deletion: \(first.responses[2])")
            }
            let second = try await client.transaction(transaction)
            #expect(!second.succeeded)
            #expect(second.responses[0].keyValues?.first?.value == [2])
            #expect(try await client.get("lost")?.createRevision == second.revision)
        }
    }

    @Test("a transaction inside another chooses by itself", arguments: StoreBackEnd.allCases)
    func nesting(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("a", [1])
            let inner = Transaction()
                .when(.value(of: "a", .equal, [9]))
                .then(.put("inner", [1]))
                .otherwise(.put("inner", [2]), .range(.key("a")))
            let result = try await client.transaction(
                Transaction().when(.exists("a")).then(.put("outer", [1]), .transaction(inner)))
            #expect(result.succeeded)
            guard case .transaction(let nested) = result.responses[1] else {
                Issue.record("no transaction: \(result.responses)")
                return
            }
            #expect(!nested.succeeded)
            #expect(nested.responses[1].keyValues?.first?.value == [1])
            let found = try await client.range(.all)
            #expect(found.keyValues.map(\.value) == [[1], [2], [1]])
            #expect(Set(found.keyValues.dropFirst().map(\.modRevision)).count == 1)
        }
    }

    @Test("of many that compare and swap, one wins each time", arguments: StoreBackEnd.allCases)
    func compareAndSwap(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            try await client.put("count", [0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var wins = 0
                        while wins < 5 {
                            guard let seen = try await client.get("count") else { return }
                            let swap = Transaction()
                                .when(.modRevision(of: "count", .equal, seen.modRevision))
                                .then(.put("count", [seen.value[0] + 1]))
                            if try await client.transaction(swap).succeeded { wins += 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.get("count")?.value == [40])
            #expect(try await client.get("count")?.version == 41)
        }
    }
}
