package import Topology

/// Which port of a host: by what stays the same when others come and go.
package struct PortName: Sendable, Hashable {
    /// The NIC's name.
    package var nic: String
    /// From 1; 1 where the NIC does not count.
    package var number: Int

    package init(_ nic: NIC, _ port: NIC.Port) {
        self.nic = nic.title
        number = port.number ?? 1
    }

    package init(nic: String, number: Int) {
        self.nic = nic
        self.number = number
    }
}

/// What is wrong with a host's devices, compared with what they were and what was expected.
///
/// A value type without clock and host: it is shown what a look at the host found.
package struct DeviceHealth: Sendable {
    package private(set) var conditions: [NodeCondition] = []
    /// Devices that were there once, and are not any more.
    package private(set) var lostAccelerators: [NodeRecord.Accelerator] = []
    package private(set) var lostNICs: [NodeRecord.NIC] = []
    /// By port: what the configuration says, else the fastest seen so far.
    package private(set) var expectedRates: [PortName: Int]
    private var configuredRates: [PortName: Int]
    /// Ports that were up once, or shall be by the configuration.
    private var knownUp: Set<PortName>
    /// All that were there, by address.
    private var accelerators: [String: NodeRecord.Accelerator]
    private var nics: [String: NodeRecord.NIC]

    package init(configuredRates: [PortName: Int] = [:], memory: DeviceMemory = DeviceMemory()) {
        accelerators = memory.accelerators
        nics = memory.nics
        conditions = memory.lostUnixSeconds.map { object, seconds in
            NodeCondition(
                type: Self.lost, object: object, reason: Self.lostReason, sinceUnixSeconds: seconds)
        }
        self.configuredRates = configuredRates
        expectedRates = configuredRates
        knownUp = Set(configuredRates.keys)
    }

    /// What is configured from now on; a port that is not any more is measured against what it has.
    package mutating func configure(rates: [PortName: Int]) {
        for name in configuredRates.keys where rates[name] == nil { expectedRates[name] = nil }
        expectedRates.merge(rates) { $1 }
        configuredRates = rates
        knownUp.formUnion(rates.keys)
    }

    private static let lost = "DeviceLost"
    private static let lostReason = "it was here and is gone"

    /// What the next agent of this host must know.
    package var memory: DeviceMemory {
        var memory = DeviceMemory()
        // What has no address on the bus is often made and taken away by programs.
        memory.accelerators = accelerators.filter { $0.value.pciBusId != nil }
        memory.nics = nics.filter { $0.value.pciBusId != nil }
        for condition in conditions where condition.type == Self.lost {
            memory.lostUnixSeconds[condition.object] = condition.sinceUnixSeconds
        }
        return memory
    }

    /// Takes notice of the host as it is now.
    package mutating func observe(_ topology: HostTopology, nowUnixSeconds: Int) {
        noteDevices(topology)
        var found: [NodeCondition] = []
        func add(_ type: String, _ object: String, _ reason: String) {
            found.append(
                NodeCondition(
                    type: type, object: object, reason: reason, sinceUnixSeconds: nowUnixSeconds))
        }
        for device in lostAccelerators {
            add(Self.lost, "accelerator \(device.title)", Self.lostReason)
        }
        for nic in lostNICs { add(Self.lost, "nic \(nic.name)", Self.lostReason) }
        for device in topology.accelerators {
            if let reason = Self.narrow(device.pci) {
                add("LinkSlow", "accelerator \(device.title)", reason)
            }
        }
        for nic in topology.nics {
            if let reason = Self.narrow(nic.pci) { add("LinkSlow", "nic \(nic.title)", reason) }
            for port in nic.ports {
                guard let (type, reason) = examine(port, PortName(nic, port)) else { continue }
                add(type, "nic \(nic.title) port \(port.number ?? 1)", reason)
            }
        }
        conditions = found.map { new in
            // The moment stays that of its beginning.
            conditions.first { $0.type == new.type && $0.object == new.object }
                .map { old in
                    var kept = new
                    kept.sinceUnixSeconds = old.sinceUnixSeconds
                    return kept
                } ?? new
        }
    }

    private mutating func noteDevices(_ topology: HostTopology) {
        var presentAccelerators: Set<String> = []
        for device in topology.accelerators {
            let name = device.pci.map { "\($0.busID)" } ?? device.title
            presentAccelerators.insert(name)
            accelerators[name] = NodeRecord.Accelerator(remembering: device)
        }
        var presentNICs: Set<String> = []
        for nic in topology.nics {
            let name = nic.pci.map { "\($0.busID)" } ?? nic.title
            presentNICs.insert(name)
            nics[name] = NodeRecord.NIC(remembering: nic)
        }
        lostAccelerators = accelerators.filter { !presentAccelerators.contains($0.key) }
            .sorted { $0.key < $1.key }.map(\.value.lost)
        lostNICs = nics.filter { !presentNICs.contains($0.key) }
            .sorted { $0.key < $1.key }.map(\.value.lost)
    }

    /// What is wrong with a port; a port that never was up is only not connected.
    private mutating func examine(_ port: NIC.Port, _ name: PortName) -> (String, String)? {
        if port.state == .up { knownUp.insert(name) }
        if port.state == .down {
            return knownUp.contains(name)
                ? ("LinkDown", "the link is down, and was up or is configured to be") : nil
        }
        guard let rate = port.rateBitsPerSecond else { return nil }
        let expected = expectedRates[name] ?? 0
        if configuredRates[name] == nil { expectedRates[name] = max(expected, rate) }
        guard rate < expected else { return nil }
        let source = configuredRates[name] == nil ? "it had" : "are configured"
        return ("LinkSlow", "\(rate) bit/s, where \(expected) bit/s \(source)")
    }

    /// Links of idle devices become slower to save power, but not narrower.
    private static func narrow(_ pci: PCIFunction?) -> String? {
        guard let width = pci?.link?.width, let best = pci?.bestLink?.width, width < best else {
            return nil
        }
        return "its PCIe link has \(width) lanes of \(best)"
    }
}
