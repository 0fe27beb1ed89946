import NodeAgent
import Testing

@testable import MartletCLI

@Suite struct NodesTableTests {
    private static func listing(_ names: [String], reason: String = "lease held") -> ClusterListing
    {
        var snapshot = ClusterSnapshot(keys: ClusterKeys(cluster: "c"))
        for name in names {
            // An incarnation alone: a node whose record cannot be read.
            let value = IncarnationValue(
                incarnation: 1, bootId: "b", instance: "i", probeAddress: "h:1", hostname: name,
                sinceUnixSeconds: 100)
            let bytes = (try? CanonicalJSON.encode(value)) ?? []
            snapshot.put(snapshot.keys.incarnation(name), bytes)
        }
        return ClusterListing(snapshot, revision: 1)
    }

    @Test(arguments: [40, 60, 80, 200])
    func `no line is wider than the window`(width: Int) {
        let names = (0..<5).map { "node-\($0)-" + String(repeating: "x", count: $0 * 20) }
        let table = NodesTable(Self.listing(names), nowUnixSeconds: 1000, width: width)
        for line in table.text.split(separator: "\n") { #expect(line.count <= width) }
    }

    @Test func `nothing is cut where that is asked for`() {
        let name = String(repeating: "n", count: 63)
        let table = NodesTable(Self.listing([name]), nowUnixSeconds: 1000, width: .max)
        #expect(table.text.contains(name))
    }

    @Test(arguments: [
        ("short", 16, "short"), ("abcdefghij", 9, "abcd…ghij"), ("abcdefghij", 4, "ab…j"),
    ])
    func `names lose their middle`(text: String, width: Int, expected: String) {
        #expect(NodesTable.cutInside(text, width) == expected)
    }

    @Test func `names cannot move the cursor`() {
        let table = NodesTable(
            Self.listing(["evil\u{1b}[2Jnode"]), nowUnixSeconds: 1000, width: 80)
        #expect(!table.text.contains("\u{1b}"))
    }

    @Test func `an empty cluster says so`() {
        let table = NodesTable(Self.listing([]), nowUnixSeconds: 0, width: 80)
        #expect(table.text == "cluster c: no nodes\n")
    }
}
