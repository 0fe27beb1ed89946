/// Ports of RDMA devices and network interfaces: whether they are up, and as fast as they should be.
struct Ports: Sendable {
    /// A network interface with a device behind it.
    struct Interface: Sendable, Hashable {
        var name: String
        var state: String?
        /// Of the driver; nil where it does not say, as virtual devices.
        var rateBitsPerSecond: Int?
    }

    var rdma: RDMADevices
    var interfaces: [Interface]
    /// By interface or RDMA device, from the agent's configuration.
    var expectedBitsPerSecond: [String: Int]

    init(_ files: HostFiles, expectedBitsPerSecond: [String: Int] = [:]) {
        rdma = RDMADevices(files)
        self.expectedBitsPerSecond = expectedBitsPerSecond
        let folder = "/sys/class/net"
        interfaces = files.names(in: folder).filter { files.exists("\(folder)/\($0)/device") }
            .map { name in
                let megabits = files.integer("\(folder)/\(name)/speed") ?? -1
                let isRate = (1...100_000_000).contains(megabits)
                return Interface(
                    name: name, state: files.text("\(folder)/\(name)/operstate"),
                    rateBitsPerSecond: isRate ? megabits * 1_000_000 : nil)
            }
    }
}

extension Ports {
    var findings: [Finding] {
        let problems =
            rdma.devices.flatMap { device in device.ports.compactMap { judge($0, device) } }
            + rdmaIsDown + interfaces.compactMap(judge) + interfacesAreDown
        guard problems.isEmpty else { return problems }
        let up = rdma.ports.filter(\.isActive).map(evidence)
        let names = interfaces.filter { $0.state == "up" }.map(evidence)
        let summary = [
            up.isEmpty ? nil : Quantity.count(up.count, "RDMA port"),
            names.isEmpty ? nil : Quantity.count(names.count, "network interface"),
        ].compactMap { $0 }.joined(separator: " and ")
        if summary.isEmpty {
            return [
                .unknown(
                    .ports, "no port with a device behind it, as in a container",
                    ["/sys/class/net", "/sys/class/infiniband"])
            ]
        }
        return [.ok(.ports, "\(summary) up", up + names)]
    }

    private func judge(_ port: RDMADevices.Port, _ device: RDMADevices.Device) -> Finding? {
        // INIT and ARMED: the cable is fine, and nobody gave the port an address.
        if let state = port.state, state.hasPrefix("2") || state.hasPrefix("3") {
            return .error(
                .ports, "\(port.title) waits for a subnet manager", [evidence(port)],
                remedy: "start a subnet manager on the fabric (opensm, or the switch's own)")
        }
        guard port.isActive, let rate = port.rateBitsPerSecond, !device.isSoftware,
            let (expected, source) = expectedRate(port, device), rate < expected
        else { return nil }
        return .error(
            .ports,
            "\(port.title) runs at \(Quantity.bitsPerSecond(rate)) instead of "
                + Quantity.bitsPerSecond(expected), [evidence(port), source],
            remedy: "check cable and switch port: lanes that failed make a link slower; then reset "
                + "the port")
    }

    /// What the configuration says, else the fastest active port of the same model on this host.
    private func expectedRate(
        _ port: RDMADevices.Port, _ device: RDMADevices.Device
    ) -> (Int, String)? {
        let names = [device.name, port.interface].compactMap { $0 }
        if let rate = names.compactMap({ expectedBitsPerSecond[$0] }).first {
            return (rate, "expected by the agent's configuration")
        }
        guard let model = device.model else { return nil }
        let alike = rdma.devices.filter { $0.model == model && !$0.isSoftware }.flatMap(\.ports)
        let best = alike.filter(\.isActive).max {
            ($0.rateBitsPerSecond ?? 0) < ($1.rateBitsPerSecond ?? 0)
        }
        return best.flatMap { best in
            best.rateBitsPerSecond.map { ($0, "another \(model): \(evidence(best))") }
        }
    }

    /// A port that is down may be one that nobody uses; all of them are not.
    private var rdmaIsDown: [Finding] {
        let ports = rdma.ports
        guard !ports.isEmpty, !ports.contains(where: { $0.state?.first != "1" }) else { return [] }
        return [
            .error(
                .ports, "no RDMA port is up", ports.map(evidence),
                remedy: "check cables and switch ports; for RoCE, 'ip link set INTERFACE up'")
        ]
    }

    private func judge(_ interface: Interface) -> Finding? {
        guard interface.state == "up", let rate = interface.rateBitsPerSecond,
            let expected = expectedBitsPerSecond[interface.name], rate < expected
        else { return nil }
        return .error(
            .ports,
            "\(interface.name) runs at \(Quantity.bitsPerSecond(rate)) instead of "
                + Quantity.bitsPerSecond(expected),
            [evidence(interface), "expected by the agent's configuration"],
            remedy: "check cable and switch port, and 'ethtool \(interface.name)'")
    }

    private var interfacesAreDown: [Finding] {
        guard !interfaces.isEmpty, !interfaces.contains(where: { $0.state != "down" }) else {
            return []
        }
        return [
            .error(
                .ports, "no network interface is up", interfaces.map(evidence),
                remedy: "check cables, and 'ip link set INTERFACE up'")
        ]
    }

    private func evidence(_ port: RDMADevices.Port) -> String {
        "\(port.path): state \(port.state ?? "unknown"), physical state "
            + "\(port.physicalState ?? "unknown"), rate \(port.rate ?? "unknown")"
    }

    private func evidence(_ interface: Interface) -> String {
        let rate = interface.rateBitsPerSecond.map(Quantity.bitsPerSecond)
        return "/sys/class/net/\(interface.name): state \(interface.state ?? "unknown"), rate "
            + "\(rate ?? "unknown (the driver does not say)")"
    }
}
