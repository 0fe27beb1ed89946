import ClusterStore
import StoreSupport
import Testing

@Suite("Keys and values")
struct KeyValueTests {
    @Test("a key that was put is read back with its place in the history", arguments: StoreBackEnd.allCases)
    func putAndGet(backEnd: StoreBackEnd) async throws {
        let store = try await backEnd.start()
        let client = try store.client()
        let first = try await client.put("a", Array("one".utf8))
        let second = try await client.put("a", Array("two".utf8))
        #expect(second == first.next)
        let found = try #require(try await client.get("a"))
        #expect(found.text == "two")
        #expect(found.createRevision == first)
        #expect(found.modRevision == second)
        #expect(found.version == 2)
        #expect(found.lease == nil)
        let watch = try await WatchRecorder.connected(client.watch(.prefix("a")))
        try await client.put("a", [1])
        #expect(try await watch.events(1).first?.keyValue.value == [1])
    }
}
