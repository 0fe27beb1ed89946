import Platform
import Testing

@testable import Bootstrap

@Suite struct RosterTests {
    /// Members on the processors that the bits say, on one host or another.
    private func roster(_ places: [(host: String, processors: UInt64)]) throws -> [Member] {
        let endpoint = try #require(SocketAddress(digits: "127.0.0.1", port: 9))
        return places.enumerated().map { rank, place in
            Member(
                rank: rank, endpoint: endpoint,
                host: HostIdentity(
                    bootIdentifier: place.host, processNamespace: 1, hostname: place.host),
                processIdentifier: Int32(100 + rank),
                processors: ProcessorSet(words: [place.processors]))
        }
    }

    @Test func `ranks that are bound to cores of their own share with nobody`() throws {
        let bound = try roster([("a", 0b01), ("a", 0b10)])
        #expect(bound.sharers(of: 0, among: [0, 1]) == (1, 1))
        #expect(bound.processorCount(of: [0, 1]) == 2)
    }

    @Test func `ranks that may run anywhere share all cores`() throws {
        let free = try roster([("a", 0b11), ("a", 0b11), ("a", 0b11), ("a", 0b11)])
        #expect(free.sharers(of: 2, among: [0, 1, 2, 3]) == (4, 2))
        #expect(free.sharers(of: 2, among: [1, 2]) == (2, 2))
    }

    @Test func `ranks of other hosts do not share, whatever their cores are called`() throws {
        let two = try roster([("a", 0b11), ("b", 0b11), ("a", 0b10)])
        #expect(two.sharers(of: 0, among: [0, 1, 2]) == (2, 2))
        #expect(two.sharers(of: 1, among: [0, 1, 2]) == (1, 2))
    }

    @Test func `a rank that knows no processors of its own counts as one`() throws {
        let unknown = try roster([("a", 0), ("a", 0b11)])
        #expect(unknown.sharers(of: 0, among: [0, 1]) == (1, 1))
    }
}
