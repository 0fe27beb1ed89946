import Platform
import TestSupport
import Testing

@testable import NodeAgent
@testable import Topology

/// Looks at a folder that looks like /sys.
@Suite struct ReadingsTests {
    @Test("State and rate of ports, and the list of devices, are read anew each time")
    func readings() throws {
        let folder = try TemporaryDirectory()
        try folder.write("class/net/eth7/operstate", "up")
        try folder.write("class/net/eth7/speed", "100000")
        try folder.write("class/net/eth7/device", "")
        try folder.write("bus/pci/devices/0000:01:00.0", "")
        var machine = try HostTopology.importing(
            path: "Tests/TopologyTests/Machines/24em64t-2n6c2t-pci.xml")
        machine.nics = [machine.nics[0]]
        machine.nics[0].openFabrics = nil
        machine.nics[0].ports = [NIC.Port.ethernet("eth7")]
        let before = machine.readings(root: folder.path)
        #expect(before.devices == ["0000:01:00.0", "eth7"])
        #expect(before.ports == [[.init(state: .up, rateBitsPerSecond: 100_000_000_000)]])
        try folder.write("class/net/eth7/operstate", "down")
        try folder.write("class/net/eth7/speed", "-1")
        let after = machine.updated(machine.readings(root: folder.path))
        #expect(after.nics[0].ports[0].state == .down)
        #expect(after.nics[0].ports[0].rateBitsPerSecond == nil)
    }
}

extension TemporaryDirectory {
    fileprivate func write(_ file: String, _ text: String) throws {
        var folder = path
        for part in file.split(separator: "/").dropLast() {
            folder += "/\(part)"
            if (try? FilePath(folder).kind()) == nil { try FilePath(folder).makeDirectory() }
        }
        try FileDescriptor.replaceContents(of: "\(path)/\(file)", with: Array("\(text)\n".utf8))
    }
}

extension NIC.Port {
    fileprivate static func ethernet(_ name: String) -> NIC.Port {
        NIC.Port(kind: .ethernet, interface: name, addresses: [], gids: [])
    }
}
