import Foundation
import Testing
import Topology

/// The machines of the folder Machines, compared with what Foundation's parser reads of their files.
@Suite struct MachineTests {
    static let machines = ExportedMachine.names

    private func load(_ name: String) throws -> (HostTopology, ExportedMachine) {
        let machine = try ExportedMachine.named(name)
        return (try HostTopology.importing(path: ExportedMachine.path(name)), machine)
    }

    @Test(arguments: machines)
    func `processors, packages and caches are those of the file`(name: String) throws {
        let (topology, machine) = try load(name)
        try Comparison(topology, machine).processors()
    }

    @Test(arguments: machines)
    func `memory, pages and distances are those of the file`(name: String) throws {
        let (topology, machine) = try load(name)
        try Comparison(topology, machine).memory()
    }

    @Test(arguments: machines)
    func `accelerators and NICs are those of the file`(name: String) throws {
        let (topology, machine) = try load(name)
        try Comparison(topology, machine).devices()
    }

    @Test(arguments: [
        ("24em64t-2n6c2t-pci", 3, 3, 4), ("32em64t-2n8c2t-pci-wholeio", 4, 3, 3),
        ("96em64t-4n4d3ca2co-pci", 0, 8, 8),
    ])
    func `counts are those that a person counts`(
        name: String, accelerators: Int, nics: Int, interfaces: Int
    ) throws {
        let (topology, _) = try load(name)
        #expect(topology.accelerators.count == accelerators)
        #expect(topology.nics.count == nics)
        #expect(topology.nics.flatMap(\.ports).count == interfaces)
    }

    @Test(arguments: machines)
    func `importing twice gives equal values`(name: String) throws {
        let (first, machine) = try load(name)
        let second = try HostTopology.importing(
            xml: machine.bytes, path: ExportedMachine.path(name))
        #expect(first == second)
    }

    /// Both devices of this machine say that they are 0000:04:00.0.
    @Test func `two devices with one bus id stay two`() throws {
        let (topology, machine) = try load("32em64t-2n8c2t-pci-wholeio")
        let twins = machine.objects("PCIDev").filter {
            $0.attributes["pci_busid"] == "0000:04:00.0"
        }
        #expect(twins.count == 2)
        let nic = try #require(topology.nics.first { $0.openFabrics == "mlx5_0" })
        #expect(nic.ports.map(\.interface) == ["ib0"])
        #expect(nic.ports.first?.number == 1)
        #expect(nic.ports.first?.state == .up)
        #expect(nic.kind == .infiniBand)
        #expect(nic.ports.first?.gids.map(\.value) == ["fe80:0000:0000:0000:248a:0703:001e:39fe"])
    }

    @Test func `a device is shown once, with all its names`() throws {
        let (topology, _) = try load("32em64t-2n8c2t-pci-wholeio")
        let names = topology.accelerators.map(\.names)
        #expect(names == [[], [], ["cuda0", "card0"], ["opencl0d1"]])
        // In units of 1024 bytes in the file.
        #expect(topology.accelerators[2].memoryBytes == 11_796_032 * 1024)
        #expect(topology.accelerators[3].memoryBytes == 3_087_360 * 1024)
        #expect(topology.accelerators[2].model == "Tesla K40m")
    }

    @Test func `ports of one device keep their own kinds`() throws {
        let (topology, _) = try load("24em64t-2n6c2t-pci")
        let nic = try #require(topology.nics.first { $0.openFabrics == "mlx4_0" })
        #expect(nic.kind == .infiniBand)
        #expect(nic.ports.map(\.interface) == ["eth2", "ib0"])
        #expect(nic.ports.map(\.kind) == [.roce, .infiniBand])
    }

    @Test(arguments: machines)
    func `what is absent has a reason, and nothing is 0 for unknown`(name: String) throws {
        let (topology, _) = try load(name)
        let paths = Set(topology.unknown.map(\.path))
        #expect(paths.count == topology.unknown.count)
        for (index, accelerator) in topology.accelerators.enumerated() {
            let path = "accelerators[\(index)]"
            #expect((accelerator.memoryBytes == nil) == paths.contains("\(path).memoryBytes"))
            #expect((accelerator.model == nil) == paths.contains("\(path).model"))
            #expect((accelerator.uuid == nil) == paths.contains("\(path).uuid"))
            #expect(
                (accelerator.pci?.linkBytesPerSecond == nil)
                    == paths.contains("\(path).pciLinkBytesPerSecond"))
            #expect(accelerator.memoryBytes != 0)
        }
        for (index, pair) in topology.affinity.enumerated() {
            #expect(
                (pair.bytesPerSecond == nil)
                    == paths.contains("affinity[\(index)].bytesPerSecond"))
            #expect((pair.path == nil) == paths.contains("affinity[\(index)].path"))
            #expect(pair.bytesPerSecond != 0)
        }
        for (index, nic) in topology.nics.enumerated() {
            for (position, port) in nic.ports.enumerated() {
                let path = "nics[\(index)].ports[\(position)]"
                #expect((port.state == nil) == paths.contains("\(path).state"))
                #expect(
                    (port.rateBitsPerSecond == nil) == paths.contains("\(path).rateBitsPerSecond"))
            }
        }
    }
}
