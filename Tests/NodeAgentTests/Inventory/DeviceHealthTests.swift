import Platform
import TestSupport
import Testing

@testable import NodeAgent
@testable import Topology

@Suite struct DeviceHealthTests {
    /// A machine of Tests/TopologyTests/Machines: it has accelerators and NICs.
    private func machine() throws -> HostTopology {
        try HostTopology.importing(
            path: "Tests/TopologyTests/Machines/24em64t-2n6c2t-pci.xml")
    }

    private func observe(
        _ health: inout DeviceHealth, _ topology: HostTopology, at seconds: Int = 1
    ) -> [String] {
        health.observe(topology, nowUnixSeconds: seconds)
        return health.conditions.map { "\($0.type) \($0.object)" }
    }

    @Test("A machine as it was has no condition")
    func well() throws {
        var health = DeviceHealth()
        let machine = try machine()
        #expect(observe(&health, machine) == [])
        #expect(observe(&health, machine) == [])
    }

    @Test("A device that went is lost, keeps its entry, and takes its slot along")
    func lost() throws {
        var health = DeviceHealth()
        var machine = try machine()
        _ = observe(&health, machine)
        let count = machine.accelerators.count
        let gone = machine.accelerators.removeLast()
        #expect(observe(&health, machine, at: 5) == ["DeviceLost accelerator \(gone.title)"])
        _ = observe(&health, machine, at: 9)
        #expect(health.conditions.first?.sinceUnixSeconds == 5)
        let record = try record(machine, health)
        #expect(record.accelerators.count == count)
        #expect(record.accelerators.last?.health == .lost)
        #expect(record.slots.total == count - 1)
        machine.accelerators.append(gone)
        #expect(observe(&health, machine) == [])
    }

    @Test(
        "A device that went is still lost for the agent that comes after, since then, until it is back"
    )
    func remembered() throws {
        let directory = try TemporaryDirectory()
        let state = try StateDirectory(path: directory.path)
        #expect(state.devices() == nil)
        var health = DeviceHealth()
        var machine = try machine()
        _ = observe(&health, machine)
        let memory = health.memory
        let gone = machine.accelerators.removeLast()
        let nic = machine.nics.removeFirst()
        let lost = [
            "DeviceLost accelerator \(gone.title)", "DeviceLost nic \(nic.title)",
        ]
        // It went while no agent ran.
        var second = DeviceHealth(memory: memory)
        #expect(observe(&second, machine, at: 5) == lost)
        #expect(second.memory != memory)
        try state.remember(second.memory)
        var third = DeviceHealth(memory: try #require(state.devices()))
        #expect(observe(&third, machine, at: 9) == lost)
        #expect(third.conditions.map(\.sinceUnixSeconds) == [5, 5])
        #expect(third.memory == second.memory, "nothing new to write")
        let record = try record(machine, third)
        #expect(record.accelerators.last?.health == .lost && record.nics.last?.health == .lost)
        #expect(record.slots.total == machine.accelerators.count)
        machine.accelerators.append(gone)
        machine.nics.append(nic)
        #expect(observe(&third, machine) == [] && third.memory == memory)
    }

    @Test("What the state directory has is not believed when it makes no sense")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let state = try StateDirectory(path: directory.path)
        try FileDescriptor.replaceContents(
            of: "\(directory.path)/devices.json", with: Array("{\"nics\":7}".utf8))
        #expect(state.devices() == nil)
    }

    @Test("A port that was up and is down is a condition; one that never was up is not connected")
    func down() throws {
        var health = DeviceHealth()
        var machine = try machine()
        let nic = try #require(machine.nics.firstIndex { !$0.ports.isEmpty })
        machine.nics[nic].ports[0].state = .down
        #expect(observe(&health, machine) == [])
        machine.nics[nic].ports[0].state = .up
        #expect(observe(&health, machine) == [])
        machine.nics[nic].ports[0].state = .down
        let title = machine.nics[nic].title
        #expect(
            observe(&health, machine)
                == ["LinkDown nic \(title) port \(machine.nics[nic].ports[0].number ?? 1)"])
    }

    /// The machine, with the first port of its NIC `nic` at a rate.
    private func machineWithPort(
        rate: Int
    ) throws -> (machine: HostTopology, nic: Int, name: PortName) {
        var machine = try machine()
        let nic = try #require(machine.nics.firstIndex { !$0.ports.isEmpty })
        machine.nics[nic].ports[0].rateBitsPerSecond = rate
        return (machine, nic, PortName(machine.nics[nic], machine.nics[nic].ports[0]))
    }

    @Test("A port is slow against what it had, or against what is configured")
    func slow() throws {
        let (start, nic, name) = try machineWithPort(rate: 100)
        var machine = start
        var health = DeviceHealth()
        #expect(observe(&health, machine) == [])
        machine.nics[nic].ports[0].rateBitsPerSecond = 50
        #expect(observe(&health, machine).count == 1)
        var configured = DeviceHealth(configuredRates: [name: 200])
        #expect(observe(&configured, machine).count == 1)
        machine.nics[nic].ports[0].rateBitsPerSecond = 200
        #expect(observe(&configured, machine) == [])
    }

    @Test("Other rates that are configured count at once, and none measures against what there is")
    func reconfigured() throws {
        let (machine, _, name) = try machineWithPort(rate: 100)
        var health = DeviceHealth()
        #expect(observe(&health, machine) == [])
        health.configure(rates: [name: 200])
        #expect(observe(&health, machine).count == 1)
        health.configure(rates: [:])
        #expect(observe(&health, machine) == [] && health.expectedRates[name] == 100)
    }

    private func record(_ topology: HostTopology, _ health: DeviceHealth) throws -> NodeRecord {
        try RecordBuilder(
            topology: topology, facts: HostFacts(hostname: "h", bootId: "b"), nodeId: "n",
            devices: health
        ).content().record
    }

    @Test("Equal hosts have equal records, and a changed one has another hash")
    func hashes() throws {
        let (one, other) = (try record(machine(), .init()), try record(machine(), .init()))
        #expect(try CanonicalJSON.encode(one) == CanonicalJSON.encode(other))
        var machine = try machine()
        machine.nics[0].ports.removeAll()
        #expect(try record(machine, .init()).identity.contentHash != one.identity.contentHash)
    }

    @Test("A record too large loses what helps least first, and says so", arguments: [1, 4, 16])
    func limit(factor: Int) throws {
        var machine = try machine()
        let nics = machine.nics
        machine.nics = (0..<factor * 8).map { index in
            var nic = nics[0]
            nic.openFabrics = "mlx5_\(index)"
            var port = nic.ports.first ?? nics.flatMap(\.ports)[0]
            port.gids = (0..<16).map {
                NIC.GID(index: $0, value: "fe80:0000:0000:0000:0000:0000:0000:000\($0 % 10)")
            }
            nic.ports = [port]
            return nic
        }
        let record = try record(machine, .init())
        #expect(try CanonicalJSON.encode(record).count <= NodeRecord.byteLimit)
        #expect(record.nics.count == factor * 8)
        #expect((record.dropped != nil) == (factor > 1), "\(record.dropped ?? [])")
    }
}
