import Foundation
import Testing
import Topology

/// Holds a topology against the XML that describes the same machine.
struct Comparison {
    let topology: HostTopology
    let machine: ExportedMachine

    init(_ topology: HostTopology, _ machine: ExportedMachine) {
        self.topology = topology
        self.machine = machine
    }

    func processors() throws {
        let root = try #require(machine.objects("Machine").first)
        #expect(Set(topology.processors.whole.indices) == root.set("cpuset"))
        #expect(topology.processors.whole.count == machine.objects("PU").count)
        #expect(Set(topology.processors.allowed.indices).isSubset(of: root.set("allowed_cpuset")))
        let packages = machine.objects("Package")
        #expect(topology.packages.count == packages.count)
        for (found, expected) in zip(topology.packages, packages) {
            #expect(found.osIndex == expected.integer("os_index"))
            #expect(Set(found.processors.whole.indices) == expected.set("cpuset"))
            #expect(found.model == expected.info("CPUModel"))
            #expect(Set(nodes(found.numaNodes)) == expected.set("nodeset"))
            let cores = machine.objects("Core").filter {
                $0.set("cpuset").isSubset(of: expected.set("cpuset"))
            }
            #expect(found.coreCount == cores.count)
        }
        // Caches of all packages together: how many of each level and size.
        for type in ["L1Cache", "L2Cache", "L3Cache"] {
            var expected: [Int: Int] = [:]
            for cache in machine.objects(type) {
                expected[cache.integer("cache_size") ?? 0, default: 0] += 1
            }
            var found: [Int: Int] = [:]
            for cache in topology.packages.flatMap(\.caches)
            where cache.kind != .instruction && type.hasPrefix("L\(cache.level)") {
                found[cache.byteCount ?? 0, default: 0] += cache.count
            }
            #expect(found == expected, "\(type)")
        }
    }

    func memory() throws {
        let expected = machine.objects("NUMANode").sorted {
            ($0.integer("os_index") ?? 0) < ($1.integer("os_index") ?? 0)
        }
        #expect(topology.numaNodes.map(\.osIndex) == expected.map { $0.integer("os_index") })
        for (found, expected) in zip(topology.numaNodes, expected) {
            #expect(found.memoryBytes == expected.integer("local_memory"))
            #expect(Set(found.processors.whole.indices) == expected.set("cpuset"))
            let pages = expected.children.filter { $0.name == "page_type" }
            #expect(found.pages.map(\.pageBytes) == pages.map { $0.integer("size") ?? 0 })
            #expect(found.pages.map(\.count) == pages.map { $0.integer("count") ?? 0 })
        }
        guard
            let matrix = machine.document.children.first(where: {
                $0.name == "distances2" && $0.attributes["name"] == "NUMALatency"
            })
        else {
            #expect(topology.numaNodes.allSatisfy { $0.distances == nil })
            return
        }
        let values = matrix.children.filter { $0.name == "u64values" }
            .flatMap { $0.text.split(separator: " ").compactMap { Int($0) } }
        #expect(topology.numaNodes.compactMap(\.distances).flatMap { $0 } == values)
    }

    func devices() throws {
        let functions = machine.objects("PCIDev")
        let accelerators = functions.filter { device in
            let classID = device.pciType.classID
            return classID == 0x0302 || classID >> 8 == 0x12
                || device.childObjects("OSDev").contains {
                    $0.attributes["osdev_type"] == "5"
                        || ["NVML", "RSMI"].contains($0.attributes["subtype"] ?? "")
                }
        }
        let nics = functions.filter { device in
            device.pciType.classID != 0x0c03
                && device.childObjects("OSDev").contains {
                    ["2", "3"].contains($0.attributes["osdev_type"])
                }
        }
        #expect(
            topology.accelerators.compactMap(\.pci).map { "\($0.busID)" }
                == accelerators.compactMap { $0.attributes["pci_busid"] }.sorted())
        #expect(
            topology.nics.compactMap(\.pci).map { "\($0.busID)" }
                == nics.compactMap { $0.attributes["pci_busid"] }.sorted())
        for accelerator in topology.accelerators {
            let device = try find(accelerator.pci, among: accelerators)
            let names = device.childObjects("OSDev").compactMap { $0.attributes["name"] }
            #expect(accelerator.names == names)
            compare(accelerator.pci, accelerator.numaNodes, with: device)
        }
        for nic in topology.nics where nic.pci != nil {
            let device = try find(nic.pci, among: nics)
            func names(_ type: String) -> [String] {
                device.childObjects("OSDev").filter { $0.attributes["osdev_type"] == type }
                    .compactMap { $0.attributes["name"] }
            }
            #expect(Set(nic.ports.compactMap(\.interface)) == Set(names("2")))
            #expect(nic.openFabrics == names("3").first)
            compare(nic.pci, nic.numaNodes, with: device)
        }
    }

    private func find(
        _ pci: PCIFunction?, among devices: [ExportedMachine.Element]
    ) throws -> ExportedMachine.Element {
        let pci = try #require(pci)
        return try #require(
            devices.first {
                $0.attributes["pci_busid"] == "\(pci.busID)" && $0.pciType.device == pci.deviceID
            })
    }

    private func compare(
        _ pci: PCIFunction?, _ numaNodes: [Int]?, with device: ExportedMachine.Element
    ) {
        #expect(pci?.vendorID == device.pciType.vendor)
        #expect(pci?.classID == device.pciType.classID)
        var above = device.parent
        while let bridge = above, bridge.attributes["bridge_type"] == "1-1" {
            above = bridge.parent
        }
        // `0000:[80-84]`
        let root = above?.attributes["bridge_pci"].map {
            "pci\($0.prefix(5))\($0.dropFirst(6).prefix(2))"
        }
        #expect(pci?.root == root)
        let gigabytes = device.attributes["pci_link_speed"].flatMap { Double($0) } ?? 0
        if pci?.link == nil {
            let expected = gigabytes == 0 ? nil : Int((gigabytes * 1e9).rounded())
            #expect(pci?.linkBytesPerSecond == expected)
        }
        let locality = device.locality?.set("nodeset") ?? []
        // Where a device hangs at the whole machine and there are several places, nothing is said.
        let whole = machine.objects("Machine").first?.set("cpuset")
        let isEverywhere =
            device.locality?.set("cpuset") == whole
            && machine.objects("NUMANode").contains { $0.set("cpuset") != whole }
        #expect(numaNodes.map { Set(nodes($0)) } == (isEverywhere ? nil : locality))
    }

    private func nodes(_ indices: [Int]) -> [Int] {
        indices.map { topology.numaNodes[$0].osIndex }
    }
}
