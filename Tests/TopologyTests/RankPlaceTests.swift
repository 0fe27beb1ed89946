import Testing
import Topology

@Suite struct RankPlaceTests {
    private let place = RankPlace(
        numaNode: 3,
        accelerator: PCIBusID("10000:84:1f.7"),
        rails: [
            .init(kind: .infiniBand, position: 0, path: .pix),
            .init(kind: .infiniBand, position: 1, path: nil),
            .init(kind: .ethernet, position: 200, path: .sys),
        ])

    @Test func `a place reads back as it was told`() {
        #expect(RankPlace(bytes: place.bytes) == place)
        #expect(RankPlace(bytes: RankPlace.unknown.bytes) == .unknown)
    }

    @Test func `the longest place keeps to its limit`() {
        var full = place
        full.rails = (0..<100).map { RankPlace.Reach(kind: .roce, position: $0, path: .phb) }
        #expect(full.bytes.count <= RankPlace.byteLimit)
        #expect(RankPlace(bytes: full.bytes)?.rails == Array(full.rails.prefix(32)))
    }

    @Test func `bytes that no rank tells are refused`() {
        let bytes = place.bytes
        for count in bytes.indices { #expect(RankPlace(bytes: Array(bytes.prefix(count))) == nil) }
        #expect(RankPlace(bytes: bytes + [0]) == nil)
        for (index, value) in [(0, 2), (3, 2), (11, 33), (12, 4), (14, 5)] as [(Int, UInt8)] {
            var wrong = bytes
            wrong[index] = value
            #expect(RankPlace(bytes: wrong) == nil, "byte \(index)")
        }
    }

    @Test(arguments: ["0000:84:00.0", "84:00.0", "10000:01:1f.7"])
    func `a bus id reads back`(text: String) throws {
        let busID = try #require(PCIBusID(text))
        #expect(busID.description.hasSuffix(text))
    }

    @Test(arguments: [
        "", "84", "84:00", "84:20.0", "84:00.8", "1:2:3:4.5", "+1:00.0", "100:00.0", "x:00.0",
    ])
    func `what is no bus id is refused`(text: String) {
        #expect(PCIBusID(text) == nil)
    }
}
