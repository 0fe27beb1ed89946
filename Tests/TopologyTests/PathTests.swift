import Testing
import Topology

/// Paths, best NICs and rails, on machines made for each case.
@Suite struct PathTests {
    private typealias Machine = SyntheticMachine

    private func path(_ machine: SyntheticMachine) throws -> Affinity {
        let topology = try machine.topology()
        #expect(topology.accelerators.count == 1 && topology.nics.count == 1)
        return try #require(topology.affinity.first)
    }

    @Test func `behind ports of one switch is PIX`() throws {
        let fabric = Machine.hostBridge(
            Machine.port(
                0x10,
                Machine.port(
                    0x11, Machine.port(0x12, Machine.accelerator(0x20)),
                    Machine.port(0x13, Machine.nic(0x21, "eth0")))))
        #expect(try path(Machine(nodes: [fabric])).path == .pix)
    }

    @Test func `functions of one card are PIX`() throws {
        let fabric = Machine.hostBridge(
            Machine.port(0x10, Machine.accelerator(0x20), Machine.nic(0x21, "eth0")))
        #expect(try path(Machine(nodes: [fabric])).path == .pix)
    }

    @Test func `a switch below a switch is PXB`() throws {
        let fabric = Machine.hostBridge(
            Machine.port(
                0x10,
                Machine.port(
                    0x11,
                    Machine.port(
                        0x12,
                        Machine.port(0x14, Machine.port(0x15, Machine.accelerator(0x20)))),
                    Machine.port(0x13, Machine.nic(0x21, "eth0")))))
        #expect(try path(Machine(nodes: [fabric])).path == .pxb)
    }

    @Test func `under different root ports of one host bridge is PHB`() throws {
        let fabric = Machine.hostBridge(
            Machine.port(0x10, Machine.accelerator(0x20)),
            Machine.port(0x11, Machine.nic(0x21, "eth0")))
        #expect(try path(Machine(nodes: [fabric])).path == .phb)
    }

    @Test func `under different host bridges of one node is NODE`() throws {
        let fabric =
            Machine.hostBridge(Machine.port(0x10, Machine.accelerator(0x20)))
            + Machine.hostBridge(Machine.port(0x11, Machine.nic(0x21, "eth0")))
        #expect(try path(Machine(nodes: [fabric])).path == .node)
    }

    @Test func `on different nodes is SYS`() throws {
        let machine = Machine(nodes: [
            Machine.hostBridge(Machine.port(0x10, Machine.accelerator(0x20))),
            Machine.hostBridge(Machine.port(0x11, Machine.nic(0x21, "eth0"))),
        ])
        #expect(try path(machine).path == .sys)
    }

    @Test func `a device that may be anywhere has no class, and a reason`() throws {
        var machine = Machine(nodes: [
            Machine.hostBridge(Machine.port(0x10, Machine.accelerator(0x20))), "",
        ])
        machine.anywhere = Machine.hostBridge(Machine.port(0x11, Machine.nic(0x21, "eth0")))
        let topology = try machine.topology()
        #expect(topology.affinity.first?.path == nil)
        #expect(topology.nics.first?.numaNodes == nil)
        let paths = topology.unknown.map(\.path)
        #expect(paths.contains("affinity[0].path") && paths.contains("nics[0].numaNodes"))
    }

    @Test func `memory without processors brings nothing nearer`() throws {
        var machine = Machine(nodes: [
            Machine.hostBridge(Machine.port(0x10, Machine.accelerator(0x20))),
            Machine.hostBridge(Machine.port(0x11, Machine.nic(0x21, "eth0"))),
        ])
        machine.hasFarMemory = true
        #expect(try path(machine).path == .sys)
        #expect(try machine.topology().numaNodes.count == 3)

        var single = Machine(nodes: [""])
        single.hasFarMemory = true
        single.anywhere =
            Machine.hostBridge(Machine.port(0x10, Machine.accelerator(0x20)))
            + Machine.hostBridge(Machine.port(0x11, Machine.nic(0x21, "eth0")))
        #expect(try path(single).path == .node)
        #expect(try single.topology().nics.first?.numaNodes != nil)
    }

    @Test func `bandwidth is that of the slowest link, whichever end knows it`() throws {
        func fabric(_ upstream: Double?, _ device: Double?) -> SyntheticMachine {
            Machine(nodes: [
                Machine.hostBridge(
                    Machine.port(
                        0x10, gigabytes: upstream,
                        Machine.port(
                            0x11, Machine.port(0x12, Machine.accelerator(0x20, gigabytes: device))
                        )),
                    Machine.port(0x13, gigabytes: 8, Machine.nic(0x21, "eth0")))
            ])
        }
        // The upstream link's lower end is silent, its upper end says 4.
        #expect(try path(fabric(4, 16)).bytesPerSecond == 4_000_000_000)
        #expect(try path(fabric(16, 2)).bytesPerSecond == 2_000_000_000)
        #expect(try path(fabric(16, 16)).bytesPerSecond == 8_000_000_000)
        let unknown = try fabric(nil, 16).topology()
        #expect(unknown.affinity.first?.bytesPerSecond == nil)
        #expect(unknown.unknown.contains { $0.path == "affinity[0].bytesPerSecond" })
        // Links above the common switch are not on the path.
        let near = Machine(nodes: [
            Machine.hostBridge(
                Machine.port(
                    0x10, gigabytes: 1,
                    Machine.port(
                        0x11, gigabytes: 1,
                        Machine.port(0x12, gigabytes: 8, Machine.accelerator(0x20)),
                        Machine.port(0x13, gigabytes: 4, Machine.nic(0x21, "eth0")))))
        ])
        #expect(try path(near).bytesPerSecond == 4_000_000_000)
    }
}

@Suite struct ChoiceTests {
    private typealias Machine = SyntheticMachine

    /// A host bridge with accelerators and NICs on ports of their own.
    private func fabric(_ first: Int, accelerators: Int, nics: Int) -> String {
        let devices =
            (0..<accelerators).map {
                Machine.port(first + $0, Machine.accelerator(first + $0 + 64))
            }
            + (0..<nics).map {
                Machine.port(first + $0 + 8, Machine.nic(first + $0 + 96, "eth\(first + $0)"))
            }
        return Machine.hostBridge(devices.joined())
    }

    @Test(arguments: [(4, 2), (4, 4), (2, 4), (8, 3)])
    func `equally near NICs serve equally many accelerators`(
        accelerators: Int, nics: Int
    ) throws {
        let machine = Machine(nodes: [fabric(0, accelerators: accelerators, nics: nics)])
        let topology = try machine.topology()
        let counts = topology.rails.map(\.accelerators.count)
        #expect(counts.reduce(0, +) == accelerators)
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        #expect(try machine.topology() == topology)
        for (index, accelerator) in topology.accelerators.enumerated() {
            let best = try #require(accelerator.bestNIC)
            #expect(topology.nics[best].rail == accelerator.rail)
            #expect(topology.rails[accelerator.rail ?? 0].accelerators.contains(index))
        }
    }

    @Test func `no accelerator uses another node's NIC while a nearer one is there`() throws {
        let machine = Machine(nodes: [
            fabric(0, accelerators: 3, nics: 1), fabric(16, accelerators: 1, nics: 3),
        ])
        let topology = try machine.topology()
        for accelerator in topology.accelerators {
            let best = try #require(accelerator.bestNIC)
            #expect(topology.nics[best].numaNodes == accelerator.numaNodes)
        }
        #expect(
            topology.bestNICOfNode.map { $0.flatMap { topology.nics[$0].numaNodes } } == [[0], [1]])
    }

    @Test func `a node without a NIC uses the nearest by distance`() throws {
        var machine = Machine(nodes: [
            fabric(0, accelerators: 0, nics: 1), fabric(16, accelerators: 1, nics: 0),
            fabric(32, accelerators: 0, nics: 1),
        ])
        machine.distances = """
            <distances2 type="NUMANode" nbobjs="3" kind="5" name="NUMALatency" indexing="os">
            <indexes length="6">0 1 2 </indexes>
            <u64values length="27">10 31 40 31 10 21 40 21 10 </u64values></distances2>

            """
        let topology = try machine.topology()
        #expect(
            topology.numaNodes.map(\.distances) == [[10, 31, 40], [31, 10, 21], [40, 21, 10]])
        #expect(
            topology.bestNICOfNode.map { $0.map { topology.nics[$0].numaNodes } } == [
                [0], [2], [2],
            ])
        // For its accelerator as well.
        let best = try #require(topology.accelerators.first?.bestNIC)
        #expect(topology.nics[best].numaNodes == [2])
    }

    @Test func `of equally near NICs those with RDMA are better, and rails are by kind`() throws {
        let machine = Machine(nodes: [
            Machine.hostBridge(
                Machine.port(1, Machine.accelerator(0x20)),
                Machine.port(2, Machine.accelerator(0x21)),
                Machine.port(3, Machine.nic(0x22, "eth0")),
                Machine.port(4, Machine.hostChannelAdapter(0x23, "mlx5_0")),
                Machine.port(5, Machine.hostChannelAdapter(0x24, "mlx5_1")))
        ])
        let topology = try machine.topology()
        #expect(topology.nics.map(\.title) == ["eth0", "mlx5_0", "mlx5_1"])
        #expect(topology.accelerators.map(\.bestNIC) == [1, 2])
        #expect(topology.rails.map(\.kind) == [.infiniBand, .infiniBand, .ethernet])
        #expect(topology.rails.map(\.position) == [0, 1, 0])
        #expect(topology.rails.map(\.nic) == [1, 2, 0])
    }

    @Test func `without a NIC there is no choice, and a reason`() throws {
        let topology = try Machine(nodes: [fabric(0, accelerators: 1, nics: 0)]).topology()
        #expect(topology.accelerators.map(\.bestNIC) == [nil])
        #expect(topology.bestNICOfNode == [nil])
        #expect(topology.rails.isEmpty && topology.affinity.isEmpty)
        let paths = topology.unknown.map(\.path)
        #expect(paths.contains("accelerators[0].bestNic") && paths.contains("numa[0].bestNic"))
    }
}
