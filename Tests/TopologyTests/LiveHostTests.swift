import Platform
import TestSupport
import Testing

@testable import Topology

/// Facts of the running host, from a folder that looks like /sys.
@Suite struct LiveHostTests {
    private let folder: TemporaryDirectory
    private let host: LiveHost

    init() throws {
        folder = try TemporaryDirectory()
        host = LiveHost(root: folder.path)
    }

    private func write(_ path: String, _ text: String) throws {
        var parent = folder.path
        for part in path.split(separator: "/").dropLast() {
            parent += "/\(part)"
            if (try? FilePath(parent).kind()) == nil { try FilePath(parent).makeDirectory() }
        }
        try FileDescriptor.replaceContents(
            of: "\(folder.path)/\(path)", with: Array("\(text)\n".utf8))
    }

    @Test(arguments: [
        ("2.5 GT/s PCIe", 1, 250_000_000), ("5.0 GT/s PCIe", 8, 4_000_000_000),
        ("8.0 GT/s PCIe", 16, 15_753_846_153), ("16.0 GT/s PCIe", 16, 31_507_692_307),
        ("32.0 GT/s PCIe", 16, 63_015_384_615), ("64.0 GT/s PCIe", 16, 121_000_000_000),
    ])
    func `links carry what is left after their encoding`(
        speed: String, width: Int, bytesPerSecond: Int
    ) throws {
        let device = "bus/pci/devices/0000:84:00.0"
        try write("\(device)/current_link_speed", speed)
        try write("\(device)/current_link_width", "\(width)")
        let busID = PCIBusID(domain: 0, bus: 0x84, device: 0, function: 0)
        let links = host.links(of: busID)
        #expect(links.current?.bytesPerSecond == bytesPerSecond)
        #expect(links.best == nil)
    }

    @Test(arguments: [
        ("Unknown", "16"), ("8.0 GT/s PCIe", "0"), ("8.0 GT/s PCIe", "255"), ("", ""),
    ])
    func `a link that Linux does not know is absent`(speed: String, width: String) throws {
        let device = "bus/pci/devices/0000:84:00.0"
        try write("\(device)/max_link_speed", speed)
        try write("\(device)/max_link_width", width)
        let busID = PCIBusID(domain: 0, bus: 0x84, device: 0, function: 0)
        #expect(host.links(of: busID).best == nil)
    }

    /// The tree of one PCI device with these OS devices.
    private func tree(classID: Int, _ devices: [(TreeObject.OSDeviceKind, String)]) -> Tree {
        var pci = TreeObject(kind: .pciDevice)
        pci.parent = 0
        let busID = PCIBusID(domain: 0, bus: 1, device: 0, function: 0)
        pci.pci = PCIFunction(busID: busID, vendorID: 0x15b3, deviceID: 0x1021, classID: classID)
        var root = TreeObject(kind: .machine)
        root.processors = Bitmap([0])
        root.children = [1]
        var objects = [root, pci]
        for (kind, name) in devices {
            var object = TreeObject(kind: .osDevice(kind))
            object.parent = 1
            object.name = name
            objects[1].children.append(objects.count)
            objects.append(object)
        }
        return Tree(objects: objects, allowedProcessors: Bitmap([0]), distances: [:])
    }

    private func nic(_ tree: Tree, addresses: [String: [String]] = [:]) throws -> NIC {
        var host = host
        host.addresses = addresses
        let topology = HostTopology(tree: tree, host: host, source: .host(name: "test"))
        return try #require(topology.nics.first)
    }

    private func writePort(_ name: String, layer: String, state: String, rate: String) throws {
        let port = "class/infiniband/\(name)/ports/1"
        try write("class/infiniband/\(name)/node_type", "1: CA")
        try write("class/infiniband/\(name)/device/vendor", "0x15b3")
        try write("\(port)/link_layer", layer)
        try write("\(port)/state", state)
        try write("\(port)/rate", rate)
    }

    @Test func `a RoCE port has its interface, its rate and the types of its GIDs`() throws {
        try writePort("mlx5_0", layer: "Ethernet", state: "4: ACTIVE", rate: "200 Gb/sec (4X HDR)")
        let port = "class/infiniband/mlx5_0/ports/1"
        try write("\(port)/gids/0", "fe80:0000:0000:0000:0000:0000:0000:0001")
        try write("\(port)/gids/1", "0000:0000:0000:0000:0000:ffff:0a00:0001")
        try write("\(port)/gids/2", "0000:0000:0000:0000:0000:0000:0000:0000")
        try write("\(port)/gid_attrs/types/0", "IB/RoCE v1")
        try write("\(port)/gid_attrs/types/1", "RoCE v2")
        try write("\(port)/gid_attrs/ndevs/0", "ens1")
        try write("class/net/ens1/mtu", "9000")
        try write("class/net/ens1/speed", "100000")
        try write("class/net/ens1/dev_port", "0")
        let nic = try nic(
            tree(classID: 0x0200, [(.network, "ens1"), (.openFabrics, "mlx5_0")]),
            addresses: ["ens1": ["10.0.0.1"], "lo": ["127.0.0.1"]])
        #expect(nic.kind == .roce && nic.title == "mlx5_0")
        let only = try #require(nic.ports.first)
        #expect(nic.ports.count == 1 && only.number == 1 && only.interface == "ens1")
        #expect(only.state == .up && only.mtuBytes == 9000)
        // The OpenFabrics device knows its own port.
        #expect(only.rateBitsPerSecond == 200_000_000_000)
        #expect(only.addresses == ["10.0.0.1"])
        #expect(only.gids.map(\.index) == [0, 1])
        #expect(only.gids.map(\.kind) == [.roceV1, .roceV2])
    }

    @Test func `an InfiniBand port that is initialising is down`() throws {
        try writePort("mlx5_1", layer: "InfiniBand", state: "2: INIT", rate: "10 Gb/sec (4X SDR)")
        try write("class/net/ib0/dev_port", "0")
        try write("class/net/ib0/operstate", "down")
        let nic = try nic(tree(classID: 0x0207, [(.network, "ib0"), (.openFabrics, "mlx5_1")]))
        #expect(nic.kind == .infiniBand && !nic.isUsable)
        #expect(nic.ports.map(\.interface) == ["ib0"])
    }

    @Test func `two ports of one adapter meet their own interfaces`() throws {
        try writePort("mlx4_0", layer: "InfiniBand", state: "4: ACTIVE", rate: "40 Gb/sec (4X QDR)")
        try write("class/infiniband/mlx4_0/ports/2/link_layer", "Ethernet")
        try write("class/net/ib0/dev_port", "0")
        try write("class/net/eth2/dev_port", "1")
        let nic = try nic(
            tree(
                classID: 0x0c06,
                [(.network, "eth2"), (.network, "ib0"), (.openFabrics, "mlx4_0")]))
        #expect(nic.ports.map(\.number) == [1, 2])
        #expect(nic.ports.map(\.interface) == ["ib0", "eth2"])
        #expect(nic.ports.map(\.kind) == [.infiniBand, .roce])
    }

    /// As Linux shows Soft-RoCE and Soft-iWARP over two virtio interfaces.
    @Test func `an RDMA device in software belongs to its interface`() throws {
        for (name, type, interface) in [("rxe0", "1: CA", "eth0"), ("siw0", "4: RNIC", "eth1")] {
            try write("class/infiniband/\(name)/node_type", type)
            try write("class/infiniband/\(name)/parent", interface)
            let port = "class/infiniband/\(name)/ports/1"
            try write("\(port)/link_layer", "Ethernet")
            try write("\(port)/state", "4: ACTIVE")
            try write("\(port)/rate", "2.5 Gb/sec (1X SDR)")
            try write("class/net/\(interface)/device/vendor", "0x1af4")
        }
        let onPCI = try nic(tree(classID: 0x0200, [(.network, "eth0")]))
        #expect(onPCI.openFabrics == "rxe0" && onPCI.kind == .roce)
        #expect(onPCI.ports.map(\.interface) == ["eth0"])
        #expect(onPCI.ports.map(\.number) == [1])
        // The rate is made up.
        #expect(onPCI.rateBitsPerSecond == nil)
        let offPCI = try nic(tree(classID: 0x0100, []))
        #expect(offPCI.kind == .roce)
        let topology = HostTopology(
            tree: tree(classID: 0x0100, []), host: host, source: .host(name: "test"))
        #expect(topology.nics.map(\.kind) == [.roce, .iWARP])
        #expect(topology.nics.map(\.openFabrics) == ["rxe0", "siw0"])
    }

    @Test func `an interface without a device is no NIC, one without PCI is`() throws {
        try write("class/net/lo/operstate", "unknown")
        try write("class/net/veth0/operstate", "up")
        try write("class/net/eth0/device/vendor", "0x1af4")
        try write("class/net/eth0/operstate", "up")
        try write("class/net/eth0/speed", "-1")
        let empty = tree(classID: 0x0100, [])
        let topology = HostTopology(tree: empty, host: host, source: .host(name: "test"))
        #expect(topology.nics.map(\.title) == ["eth0"])
        #expect(topology.nics.first?.ports.first?.state == .up)
        let paths = topology.unknown.map(\.path)
        #expect(paths.contains("nics[0].pciBusId"))
        #expect(paths.contains("nics[0].ports[0].rateBitsPerSecond"))
    }

    @Test func `without any file every fact is absent with a reason`() throws {
        let bare = tree(classID: 0x0200, [(.network, "eth0")])
        let topology = HostTopology(tree: bare, host: host, source: .host(name: "test"))
        let port = try #require(topology.nics.first?.ports.first)
        #expect(port.state == nil && port.rateBitsPerSecond == nil && port.mtuBytes == nil)
        let paths = topology.unknown.map(\.path)
        for fact in ["state", "rateBitsPerSecond", "mtuBytes"] {
            #expect(paths.contains("nics[0].ports[0].\(fact)"))
        }
        #expect(paths.contains("numa") && paths.contains("packages"))
    }

    @Test(arguments: [
        (0x0300, TreeObject.OSDeviceKind.gpu, "card0", nil as String?, false),
        (0x0300, .gpu, "nvml0", "NVML", true), (0x0300, .coProcessor, "cuda0", "CUDA", true),
        (0x0300, .coProcessor, "ze0", "LevelZero", true), (0x0300, .gpu, "rsmi0", "RSMI", true),
        (0x0302, .gpu, "card0", nil, true), (0x1200, .other, "x", nil, true),
        (0x0b40, .coProcessor, "mic0", "MIC", true), (0x0b40, .other, "qat0", nil, false),
        (0x0680, .coProcessor, "nvswitch0", "NVSwitch", false),
    ])
    func `a device is an accelerator when it computes`(
        classID: Int, kind: TreeObject.OSDeviceKind, name: String, subtype: String?, computes: Bool
    ) {
        var tree = tree(classID: classID, [(kind, name)])
        tree.objects[2].subtype = subtype
        let topology = HostTopology(tree: tree, host: host, source: .host(name: "test"))
        #expect(topology.accelerators.count == (computes ? 1 : 0))
    }
}
