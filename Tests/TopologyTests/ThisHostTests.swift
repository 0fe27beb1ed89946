import Glibc
import Platform
import Testing
import Topology

/// The machine that the tests run on, which may be a container without any device.
@Suite struct ThisHostTests {
    static let lstopo = "/usr/bin/lstopo-no-graphics"
    static let hasLstopo = (try? FilePath(lstopo).requireAccess(X_OK)) != nil

    @Test(arguments: HostTopology.Components.allCases)
    func `this host has processors and memory`(components: HostTopology.Components) throws {
        let topology = try HostTopology.discover(components)
        #expect(topology.source == .host(name: Host.name))
        #expect(topology.processors.allowed.isSubset(of: topology.processors.whole))
        #expect(!topology.numaNodes.isEmpty)
        let usable = Set(Host.usableProcessors)
        #expect(Set(topology.processors.allowed.indices).isSubset(of: usable))
        #expect(
            topology.affinity.count == topology.accelerators.count * topology.nics.count)
    }

    @Test(.enabled(if: hasLstopo, "hwloc-nox is not installed"))
    func `this host is as lstopo shows it`() throws {
        let bytes = try Self.output(
            of: "\(Self.lstopo) --disallowed --whole-io --of xml - 2>/dev/null")
        let comparison = Comparison(
            try HostTopology.discover(.complete), try ExportedMachine(bytes))
        try comparison.processors()
        try comparison.memory()
        try comparison.devices()
        // What lstopo exports can be read back.
        let imported = try HostTopology.importing(xml: bytes, path: "lstopo.xml")
        try Comparison(imported, ExportedMachine(bytes)).processors()
    }

    /// Not Foundation's Process, which leaks a weak reference.
    private static func output(of command: String) throws -> [UInt8] {
        let stream = try #require(popen(command, "r"))
        defer { pclose(stream) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&piece, 1, piece.count, stream)
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }

    @Test func `virtual interfaces are no NICs`() throws {
        let topology = try HostTopology.discover()
        let interfaces = topology.nics.flatMap(\.ports).compactMap(\.interface)
        #expect(!interfaces.contains("lo"))
        for interface in interfaces {
            #expect((try? FilePath("/sys/class/net/\(interface)/device").kind()) != nil)
        }
    }

    @Test func `bitmaps are written as Linux writes lists`() {
        #expect("\(Bitmap([0, 1, 2, 3, 8, 16, 17]))" == "0-3,8,16-17")
        #expect("\(Bitmap())" == "")
        #expect(Bitmap([0, 64, 130]).indices == [0, 64, 130])
        #expect(Bitmap([64]) == Bitmap([64, 64]))
    }
}
