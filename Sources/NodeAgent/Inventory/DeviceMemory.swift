internal import Topology

/// The devices that a host had, for the agent after this one: `devices.json` in the state directory.
///
/// Only what tells which device it was: so it is written when devices come and go, and at no other
/// time.
package struct DeviceMemory: Codable, Sendable, Hashable {
    /// By address on the bus.
    package var accelerators: [String: NodeRecord.Accelerator] = [:]
    package var nics: [String: NodeRecord.NIC] = [:]
    /// Since when those are gone that are, by the object of their condition.
    package var lostUnixSeconds: [String: Int] = [:]

    package init() {}
}

extension NodeRecord.Accelerator {
    /// Without its NIC: that is a position in a list that may change.
    init(remembering device: Accelerator) {
        self.init(
            names: device.names, uuid: device.uuid, vendor: device.vendor, model: device.model,
            pciBusId: device.pci.map { "\($0.busID)" }, pcieRoot: device.pci?.root,
            numaNodes: device.numaNodes, memoryBytes: device.memoryBytes, health: .ok)
    }

    /// What people call it.
    var title: String { names.first ?? pciBusId ?? model ?? "accelerator" }
}

extension NodeRecord.NIC {
    init(remembering nic: NIC) {
        self.init(
            name: nic.title, kind: nic.kind.rawValue, openFabrics: nic.openFabrics,
            vendor: nic.vendor, model: nic.model, pciBusId: nic.pci.map { "\($0.busID)" },
            pcieRoot: nic.pci?.root, numaNodes: nic.numaNodes, health: .ok,
            ports: nic.ports.map { port in
                NodeRecord.Port(
                    number: port.number, interface: port.interface,
                    linkLayer: port.kind == .infiniBand ? "infiniBand" : "ethernet",
                    addresses: [], gids: [])
            })
    }
}

extension NodeRecord.Accelerator {
    /// As it stands in the record when it is gone.
    var lost: Self {
        var copy = self
        copy.health = .lost
        return copy
    }
}

extension NodeRecord.NIC {
    /// As it stands in the record when it is gone.
    var lost: Self {
        var copy = self
        copy.health = .lost
        return copy
    }
}
