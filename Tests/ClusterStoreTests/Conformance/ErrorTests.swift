import ClusterStore
import StoreSupport
import Testing

@Suite("Conformance: errors")
struct ErrorTests {
    @Test("requests that contradict themselves are refused", arguments: StoreBackEnd.allCases)
    func invalidRequests(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            await expect(.invalidArgument) { try await client.put("", [1]) }
            var keeping = PutRequest("missing", [])
            keeping.ignoresValue = true
            await expect(.keyNotFound) { [keeping] in try await client.put(keeping) }
            keeping = PutRequest("missing", [1])
            keeping.ignoresLease = true
            await expect(.keyNotFound) { [keeping] in try await client.put(keeping) }
            keeping = PutRequest("a", [1])
            keeping.ignoresValue = true
            await expect(.invalidArgument) { [keeping] in try await client.put(keeping) }
            await expect(.requestTooLarge) {
                try await client.put("large", [UInt8](repeating: 1, count: 1_700_000))
            }
        }
    }

    @Test("the future cannot be read, nor what was compacted", arguments: StoreBackEnd.allCases)
    func revisions(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let first = try await client.put("a", [1])
            let second = try await client.put("a", [2])
            let third = try await client.put("a", [3])
            await expect(.futureRevision) {
                try await client.range(.key("a"), revision: third.next)
            }
            await expect(.futureRevision) { try await client.compact(to: third.next) }
            try await client.compact(to: second, isPhysical: true)
            await expect(.compacted) { try await client.range(.key("a"), revision: first) }
            await expect(.compacted) { try await client.compact(to: second) }
            #expect(try await client.range(.key("a"), revision: second).first?.value == [2])
            #expect(try await client.range(.key("a"), revision: third).first?.value == [3])
        }
    }

    @Test("leases that are not there are named", arguments: StoreBackEnd.allCases)
    func leases(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let missing = LeaseID(0x1234)
            await expect(.leaseNotFound) { try await client.put("a", [], lease: missing) }
            await expect(.leaseNotFound) { try await client.renew(missing) }
            await expect(.leaseNotFound) { try await client.revokeLease(missing) }
            await expect(.leaseNotFound) { try await client.leaseInfo(missing) }
            _ = try await client.grantLease(seconds: 60, id: missing)
            await expect(.leaseExists) { try await client.grantLease(seconds: 60, id: missing) }
        }
    }

    @Test("transactions that contradict themselves change nothing", arguments: StoreBackEnd.allCases)
    func transactions(backEnd: StoreBackEnd) async throws {
        try await backEnd.withStore { _, client in
            let before = try await client.put("a", [1])
            await expect(.invalidArgument) {
                try await client.transaction(Transaction().then(.put("b", [1]), .put("b", [2])))
            }
            await expect(.invalidArgument) {
                try await client.transaction(
                    Transaction().then(.delete(.prefix("b")), .put("b1", [2])))
            }
            await expect(.leaseNotFound) {
                try await client.transaction(
                    Transaction().then(.put("b", [1]), .put("c", [1], lease: LeaseID(77))))
            }
            var many = Transaction()
            many.success = (0..<129).map { .put("k\($0)", []) }
            await expect(.requestTooLarge) { [many] in try await client.transaction(many) }
            let after = try await client.range(.all)
            #expect(after.keyValues.map(\.key) == ["a"])
            #expect(after.revision == before)
        }
    }
}
