import ClusterStore
import Testing

@Suite("Vocabulary of the store")
struct VocabularyTests {
    @Test("a prefix holds what begins with it, and nothing else")
    func prefixes() {
        let range = KeyRange.prefix("a/")
        #expect(range.contains("a/"))
        #expect(range.contains("a/zz"))
        #expect(!range.contains("a"))
        #expect(!range.contains("a0"))
        let high = KeyRange.prefix(Key(bytes: [1, 0xff, 0xff]))
        #expect(high.end == [2])
        #expect(high.contains(Key(bytes: [1, 0xff, 0xff, 9])))
        #expect(KeyRange.prefix(Key(bytes: [0xff])).end == [0])
        #expect(KeyRange.prefix("") == .all)
    }

    @Test("what is left of a range begins behind the key")
    func remainders() {
        let rest = KeyRange.prefix("k").remainder(behind: "k1")
        #expect(!rest.contains("k1"))
        #expect(rest.contains(Key(bytes: Array("k1".utf8) + [0])))
        #expect(rest.contains("k2"))
        #expect(!rest.contains("l"))
    }

    @Test(
        "addresses are read as people write them",
        arguments: [
            ("http://127.0.0.1:2379", "http://127.0.0.1:2379"), ("10.0.0.1", "http://10.0.0.1:2379"),
            ("https://store.example:443/", "https://store.example:443"),
            ("[::1]:2379", "http://[::1]:2379"), ("::1", "http://[::1]:2379"),
            ("https://[fe80::1]", "https://[fe80::1]:2379"),
        ])
    func addresses(text: String, shown: String) throws {
        #expect(try "\(StoreEndpoint(text))" == shown)
    }

    @Test(
        "addresses that cannot be meant are refused",
        arguments: ["", "ftp://a", "http://", "http://a:0", "a:99999", "a:b", "http://a/b", "u@a"])
    func malformed(text: String) {
        let error = #expect(throws: StoreError.self) { try StoreEndpoint(text) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(text) == true)
    }

    @Test("a list of addresses is separated by commas")
    func lists() throws {
        let list = try StoreEndpoint.list("http://a:1, https://b:2")
        #expect(list.map { "\($0)" } == ["http://a:1", "https://b:2"])
    }
}
