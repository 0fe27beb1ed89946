internal import Crypto
internal import Platform
package import Topology

/// Makes a node's record of what is known of the host. A pure function of its fields.
package struct RecordBuilder: Sendable {
    package var topology: HostTopology
    package var facts: HostFacts
    package var nodeId: String
    /// From the configuration; nil counts accelerators.
    package var configuredSlots: Int?
    package var reservedSlots = 0
    package var devices: DeviceHealth
    package var doctor: NodeRecord.DoctorSummary?

    package init(
        topology: HostTopology, facts: HostFacts, nodeId: String,
        devices: DeviceHealth = DeviceHealth()
    ) {
        self.topology = topology
        self.facts = facts
        self.nodeId = nodeId
        self.devices = devices
    }

    /// The record's content, of at most `NodeRecord.byteLimit` bytes with its numbers.
    package func content() throws(AgentError) -> RecordContent {
        var record = NodeRecord(
            identity: identity, cpu: cpu, numa: topology.numaNodes.map(Self.entry),
            accelerators: accelerators, nics: nics, affinity: topology.affinity.map(Self.entry),
            limits: .init(
                lockedMemoryBytes: facts.lockedMemoryBytes, openFiles: facts.openFiles),
            transports: transports, slots: slots, conditions: devices.conditions, doctor: doctor,
            unknown: topology.unknown.compactMap(Self.unknown))
        try RecordLimit.shorten(&record)
        record.identity.contentHash = try Self.hash(record)
        return RecordContent(record)
    }

    private static func hash(_ record: NodeRecord) throws(AgentError) -> String {
        String(hexadecimal: Array(SHA256.hash(data: try CanonicalJSON.encode(record))))
    }

    private var identity: NodeRecord.Identity {
        .init(
            nodeId: nodeId, bootId: facts.bootId, incarnation: 0, generation: 0, contentHash: "",
            hostname: facts.hostname, addresses: facts.addresses, agentVersion: martletVersion)
    }

    private var slots: NodeRecord.Slots {
        if let configuredSlots {
            return .init(source: "configuration", total: configuredSlots, reserved: reservedSlots)
        }
        let healthy = accelerators.count { $0.health != .lost }
        return .init(source: "accelerators", total: healthy, reserved: reservedSlots)
    }

    /// What the library can use on this host today.
    private var transports: [NodeRecord.Transport] {
        [.init(name: "tcp", isUsable: true, reason: "every host has it")]
    }

    /// Where the record has what the topology calls otherwise; nil for what it does not have.
    private static func unknown(_ fact: UnknownFact) -> NodeRecord.Unknown? {
        guard !fact.path.hasSuffix("pciLinkBytesPerSecond") else { return nil }
        var path = fact.path
        if path.hasPrefix("numaNodes") { path = "numa" + path.dropFirst("numaNodes".count) }
        for (name, ours) in [("pciBestLink", "pcieExpected"), ("pciLink", "pcieLink")]
        where path.hasSuffix(name) {
            path = path.dropLast(name.count) + ours
        }
        return .init(path: path, reason: fact.reason)
    }
}

// MARK: - Processors and memory

extension RecordBuilder {
    private var cpu: NodeRecord.CPU {
        let models = Set(topology.packages.compactMap(\.model))
        let processors = topology.processors
        return .init(
            model: models.count == 1 ? models.first : nil,
            packageCount: topology.packages.isEmpty ? nil : topology.packages.count,
            coreCount: topology.packages.isEmpty
                ? nil : topology.packages.reduce(0) { $0 + $1.coreCount },
            wholeCpuset: "\(processors.whole)", allowedCpuset: "\(processors.allowed)",
            allowedCount: processors.allowed.count, quotaProcessors: facts.quotaProcessors,
            memoryLimitBytes: facts.memoryLimitBytes)
    }

    private static func entry(_ node: NUMANode) -> NodeRecord.NUMA {
        .init(
            osIndex: node.osIndex, kind: node.kind?.rawValue, memoryBytes: node.memoryBytes,
            hugepages: node.pages.dropFirst().map {
                .init(pageBytes: $0.pageBytes, count: $0.count)
            },
            cpuset: "\(node.processors.whole)", distances: node.distances)
    }
}

// MARK: - Devices

extension RecordBuilder {
    private var accelerators: [NodeRecord.Accelerator] {
        let present = topology.accelerators.map { device in
            NodeRecord.Accelerator(
                names: device.names, uuid: device.uuid, vendor: device.vendor,
                model: device.model, pciBusId: device.pci.map { "\($0.busID)" },
                pcieRoot: device.pci?.root, numaNodes: device.numaNodes,
                memoryBytes: device.memoryBytes, pcieLink: Self.link(device.pci?.link),
                pcieExpected: Self.link(device.pci?.bestLink),
                health: Self.health(device.pci), nic: device.bestNIC)
        }
        return present + devices.lostAccelerators
    }

    private var nics: [NodeRecord.NIC] {
        let present = topology.nics.map { nic in
            NodeRecord.NIC(
                name: nic.title, kind: nic.kind.rawValue, openFabrics: nic.openFabrics,
                vendor: nic.vendor, model: nic.model, pciBusId: nic.pci.map { "\($0.busID)" },
                pcieRoot: nic.pci?.root, numaNodes: nic.numaNodes,
                pcieLink: Self.link(nic.pci?.link), pcieExpected: Self.link(nic.pci?.bestLink),
                health: Self.health(nic.pci), ports: nic.ports.map { entry($0, of: nic) })
        }
        return present + devices.lostNICs
    }

    /// Links of idle devices become slower to save power, but not narrower.
    private static func health(_ pci: PCIFunction?) -> NodeRecord.Health {
        guard let width = pci?.link?.width, let best = pci?.bestLink?.width else { return .ok }
        return width < best ? .degraded : .ok
    }

    private func entry(_ port: NIC.Port, of nic: NIC) -> NodeRecord.Port {
        .init(
            number: port.number, interface: port.interface,
            state: port.state?.rawValue,
            linkLayer: port.kind == .infiniBand ? "infiniBand" : "ethernet",
            rateBitsPerSecond: port.rateBitsPerSecond,
            expectedRateBitsPerSecond: devices.expectedRates[PortName(nic, port)],
            mtuBytes: port.mtuBytes, addresses: port.addresses,
            gids: port.gids.map {
                .init(index: $0.index, value: $0.value, kind: $0.kind?.rawValue)
            }, rail: nic.rail.map { topology.rails[$0].position })
    }

    private static func link(_ link: PCILink?) -> NodeRecord.PCIeLink? {
        link.map {
            .init(
                generation: generation(transfersPerSecond: $0.transfersPerSecond),
                width: $0.width, transfersPerSecond: $0.transfersPerSecond)
        }
    }

    private static func generation(transfersPerSecond: Int) -> Int? {
        [2_500_000_000, 5_000_000_000, 8_000_000_000, 16_000_000_000, 32_000_000_000]
            .firstIndex(of: transfersPerSecond).map { $0 + 1 }
            ?? (transfersPerSecond == 64_000_000_000 ? 6 : nil)
    }

    private static func entry(_ affinity: Affinity) -> NodeRecord.Affinity {
        .init(
            accelerator: affinity.accelerator, nic: affinity.nic, path: affinity.path?.name,
            linkBytesPerSecond: affinity.bytesPerSecond)
    }
}
