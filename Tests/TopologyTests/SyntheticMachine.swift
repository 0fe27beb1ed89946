import Platform
import Topology

/// XML of machines that do not exist: NUMA nodes with two processing units each, and the PCI trees
/// that a test asks for.
struct SyntheticMachine {
    /// I/O objects of each node.
    var nodes: [String]
    /// I/O objects of the whole machine, of which nothing says where they are.
    var anywhere = ""
    var distances = ""
    /// Memory without processors of its own, behind the other nodes.
    var hasFarMemory = false

    var xml: String {
        let all = String((1 << (2 * nodes.count)) - 1, radix: 16)
        let nodeSet = String((1 << (nodes.count + (hasFarMemory ? 1 : 0))) - 1, radix: 16)
        let farMemory = """
            <object type="NUMANode" os_index="\(nodes.count)" cpuset="0x\(all)" \
            nodeset="0x\(String(1 << nodes.count, radix: 16))"/>

            """
        let groups = nodes.indices.map { group($0) }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <topology version="2.0">
            <object type="Machine" cpuset="0x\(all)" nodeset="0x\(nodeSet)">
            \(hasFarMemory ? farMemory : "")\(groups)\(anywhere)</object>
            \(distances)</topology>
            """
    }

    func topology() throws -> HostTopology {
        try HostTopology.importing(xml: Array(xml.utf8), path: "synthetic.xml")
    }

    private func group(_ index: Int) -> String {
        let sets = { (units: Int) in
            "cpuset=\"0x\(String(units, radix: 16))\" nodeset=\"0x\(String(1 << index, radix: 16))\""
        }
        let both = 3 << (2 * index)
        return """
            <object type="Package" os_index="\(index)" \(sets(both))>
            <object type="NUMANode" os_index="\(index)" local_memory="4096" \(sets(both))/>
            <object type="PU" os_index="\(2 * index)" \(sets(1 << (2 * index)))/>
            <object type="PU" os_index="\(2 * index + 1)" \(sets(2 << (2 * index)))/>
            \(nodes[index])</object>

            """
    }
}

extension SyntheticMachine {
    static func hostBridge(_ contents: String...) -> String {
        """
        <object type="Bridge" bridge_type="0-1" depth="0" bridge_pci="0000:[00-ff]">
        \(contents.joined())</object>

        """
    }

    /// A port of a switch, or of the root.
    static func port(_ bus: Int, gigabytes: Double? = nil, _ contents: String...) -> String {
        """
        <object type="Bridge" bridge_type="1-1" depth="1" bridge_pci="0000:[00-ff]" \
        pci_busid="\(busID(bus))" pci_type="0604 [8086:3408] [0000:0000] 13"\(speed(gigabytes))>
        \(contents.joined())</object>

        """
    }

    static func accelerator(_ bus: Int, gigabytes: Double? = nil) -> String {
        """
        <object type="PCIDev" pci_busid="\(busID(bus))" \
        pci_type="0302 [10de:1094] [0000:0000] a1"\(speed(gigabytes))/>

        """
    }

    static func nic(_ bus: Int, _ name: String, gigabytes: Double? = nil) -> String {
        """
        <object type="PCIDev" pci_busid="\(busID(bus))" \
        pci_type="0200 [8086:10c9] [0000:0000] 01"\(speed(gigabytes))>
        <object type="OSDev" name="\(name)" osdev_type="2">\
        <info name="Address" value="02:00:00:00:00:\(hexadecimal(bus, 2))"/></object></object>

        """
    }

    /// With an OpenFabrics device and an InfiniBand interface.
    static func hostChannelAdapter(_ bus: Int, _ name: String, isUp: Bool = true) -> String {
        """
        <object type="PCIDev" pci_busid="\(busID(bus))" \
        pci_type="0207 [15b3:1013] [0000:0000] 00">
        <object type="OSDev" name="\(name)" osdev_type="3">\
        <info name="Port1State" value="\(isUp ? 4 : 1)"/></object></object>

        """
    }

    private static func busID(_ bus: Int) -> String { "0000:\(hexadecimal(bus, 2)):00.0" }

    private static func speed(_ gigabytes: Double?) -> String {
        gigabytes.map { " pci_link_speed=\"\($0)\"" } ?? ""
    }
}
