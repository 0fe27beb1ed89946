/// What changes about devices while a host runs: cheap to ask every second or two.
package struct DeviceReadings: Sendable, Hashable {
    /// The devices there are, by the names Linux gives them: another list means that something came
    /// or went, and that the host should be looked at anew.
    package var devices: [String]
    /// By NIC and port, in the order of the topology that was asked about.
    package var ports: [[Port]]

    package struct Port: Sendable, Hashable {
        package var state: NIC.Port.State?
        package var rateBitsPerSecond: Int?

        package init(state: NIC.Port.State?, rateBitsPerSecond: Int?) {
            self.state = state
            self.rateBitsPerSecond = rateBitsPerSecond
        }
    }

    package init(devices: [String], ports: [[Port]]) {
        self.devices = devices
        self.ports = ports
    }
}

extension HostTopology {
    /// Reads what Linux says now of this host's devices, and of the ports of this topology.
    ///
    /// - Parameter root: `/sys`, or a folder of a test that looks like it.
    package func readings(root: String = "/sys") -> DeviceReadings {
        var host = LiveHost()
        host.root = root
        return DeviceReadings(
            devices: host.deviceNames,
            ports: nics.map { nic in nic.ports.map { host.reading(of: $0, nic) } })
    }

    /// The same machine with its ports as these readings have them.
    package func updated(_ readings: DeviceReadings) -> HostTopology {
        var copy = self
        for (nic, ports) in readings.ports.enumerated() where nic < copy.nics.count {
            for (index, port) in ports.enumerated() where index < copy.nics[nic].ports.count {
                copy.nics[nic].ports[index].state = port.state
                copy.nics[nic].ports[index].rateBitsPerSecond = port.rateBitsPerSecond
            }
        }
        return copy
    }
}

extension LiveHost {
    /// Functions on PCI, RDMA devices, and interfaces with a device behind them.
    fileprivate var deviceNames: [String] {
        names(in: "bus/pci/devices") + names(in: "class/infiniband") + physicalInterfaces
    }

    fileprivate func reading(of port: NIC.Port, _ nic: NIC) -> DeviceReadings.Port {
        var state: NIC.Port.State?
        var rate: Int?
        if let device = nic.openFabrics, let number = port.number {
            state = self.state(ofOpenFabrics: device, port: number)
            rate = rateBitsPerSecond(ofOpenFabrics: device, port: number)
        }
        if let interface = port.interface {
            state = state ?? self.state(ofInterface: interface)
            rate = rate ?? rateBitsPerSecond(ofInterface: interface)
        }
        return DeviceReadings.Port(state: state, rateBitsPerSecond: rate)
    }
}
