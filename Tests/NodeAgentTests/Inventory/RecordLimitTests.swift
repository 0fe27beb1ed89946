import Testing

@testable import NodeAgent
@testable import Topology

@Suite struct RecordLimitTests {
    /// A machine of Tests/TopologyTests/Machines with so many of everything, all with long facts.
    private func machine(accelerators: Int, nics: Int) throws -> HostTopology {
        var machine = try HostTopology.importing(
            path: "Tests/TopologyTests/Machines/24em64t-2n6c2t-pci.xml")
        let device = try #require(machine.accelerators.first)
        let nic = try #require(machine.nics.first { !$0.ports.isEmpty })
        machine.affinity = []
        machine.nics = (0..<nics).map { index in
            var copy = nic
            copy.openFabrics = "mlx5_\(index)"
            copy.model = "MT2910 Family [ConnectX-7] of a long name"
            copy.pci?.busID = Self.busID(index)
            copy.ports[0].state = index % 3 == 0 ? .down : .up
            copy.ports[0].interface = "enp\(index)s0f0np0"
            copy.ports[0].gids = (0..<16).map { gid in
                NIC.GID(index: gid, value: "fe80:0000:0000:0000:0000:0000:0000:00\(10 + gid)")
            }
            copy.rail = nil
            return copy
        }
        machine.accelerators = (0..<accelerators).map { index in
            var copy = device
            copy.names = ["cuda\(index)", "nvml\(index)"]
            copy.uuid = "GPU-6ca54b4c-2b7c-4d5e-8f3a-0000000000\(10 + index % 90)"
            copy.pci?.busID = Self.busID(4096 + index)
            // Far apart, and one of them down.
            copy.bestNIC = nics == 0 ? nil : (index * 15 + 1) % nics
            return copy
        }
        return machine
    }

    private static func busID(_ index: Int) -> PCIBusID {
        PCIBusID(domain: index >> 8, bus: index & 0xff, device: 0, function: 0)
    }

    private func record(
        _ topology: HostTopology, _ health: DeviceHealth = DeviceHealth()
    ) throws -> NodeRecord {
        var facts = HostFacts(hostname: "h", bootId: "b")
        facts.addresses = topology.nics.indices.map { "fd00:0:0:\($0)::1" }
        return try RecordBuilder(
            topology: topology, facts: facts, nodeId: "n", devices: health
        ).content().record
    }

    private func size(_ record: NodeRecord) throws -> Int {
        var stamped = record
        stamped.identity.incarnation = .max
        stamped.identity.generation = .max
        return try CanonicalJSON.encode(stamped).count
    }

    @Test func `sixteen accelerators and 256 NICs fit, and what was left out is named`() throws {
        let machine = try machine(accelerators: 16, nics: 256)
        let record = try record(machine)
        #expect(try size(record) <= NodeRecord.byteLimit)
        #expect(try size(record) > NodeRecord.byteLimit * 9 / 10, "more would have fitted")
        #expect(record.accelerators.count == 16 && record.slots.total == 16)
        let dropped = try #require(record.dropped)
        let gone = 256 - record.nics.count
        #expect(gone > 100 && gone < 230)
        #expect(
            dropped.last
                == "\(gone) of 256 NICs, first those that are gone, of no accelerator, or down")
        #expect(dropped.contains("gids") && Set(dropped).count == dropped.count)
        // The NIC of every accelerator is there, at its new place, and none was put before another.
        for (index, device) in record.accelerators.enumerated() {
            let place = try #require(device.nic)
            let best = try #require(machine.accelerators[index].bestNIC)
            #expect(record.nics[place].name == "mlx5_\(best)")
        }
        let numbers = record.nics.compactMap { Int($0.name.dropFirst(5)) }
        #expect(numbers == numbers.sorted() && numbers.count == record.nics.count)
    }

    @Test func `conditions of 256 ports do not take the room of devices`() throws {
        var machine = try machine(accelerators: 16, nics: 256)
        for index in machine.nics.indices { machine.nics[index].ports[0].state = .up }
        var health = DeviceHealth()
        health.observe(machine, nowUnixSeconds: 1)
        for index in machine.nics.indices { machine.nics[index].ports[0].state = .down }
        health.observe(machine, nowUnixSeconds: 2)
        #expect(health.conditions.count == 256)
        let record = try record(machine, health)
        #expect(try size(record) <= NodeRecord.byteLimit)
        #expect(record.conditions.count == 32 && record.nics.count > 16)
        #expect(record.dropped?.contains("conditions beyond the first 32") == true)
    }

    @Test(arguments: [(0, 0), (1, 64), (8, 100), (64, 512), (200, 0), (500, 2000)])
    func `any number of devices fits`(accelerators: Int, nics: Int) throws {
        let record = try record(try machine(accelerators: accelerators, nics: nics))
        #expect(try size(record) <= NodeRecord.byteLimit)
        #expect(record.slots.total == accelerators)
        #expect(record.accelerators.allSatisfy { $0.nic.map { $0 < record.nics.count } ?? true })
    }
}
