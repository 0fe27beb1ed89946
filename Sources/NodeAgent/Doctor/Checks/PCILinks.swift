internal import Topology

/// Whether the PCI links of accelerators and NICs are as wide and as fast as they could be.
struct PCILinks: Sendable {
    struct Device: Sendable {
        var name: String
        /// Accelerators slow their links down while they idle.
        var isAccelerator: Bool
        var pci: PCIFunction
    }

    var devices: [Device]
    /// Why the topology is not known.
    var problem: String?

    init(_ topology: HostTopology) {
        devices =
            topology.accelerators.compactMap { device in
                device.pci.map { Device(name: device.title, isAccelerator: true, pci: $0) }
            }
            + topology.nics.compactMap { device in
                device.pci.map { Device(name: device.title, isAccelerator: false, pci: $0) }
            }
    }

    init(problem: String) {
        devices = []
        self.problem = problem
    }
}

extension PCILinks {
    var findings: [Finding] {
        if let problem { return [.unknown(.pci, "the topology of this host", [problem])] }
        if devices.isEmpty { return [.ok(.pci, "no accelerators or NICs on PCI")] }
        let problems = devices.compactMap(judge)
        guard problems.isEmpty else { return problems }
        let known = devices.filter { $0.pci.link != nil && $0.pci.bestLink != nil }
        guard !known.isEmpty else {
            return [
                .unknown(
                    .pci, "no device says how fast its link is, as in a virtual machine",
                    devices.map { "/sys/bus/pci/devices/\($0.pci.busID)" })
            ]
        }
        let count = Quantity.count(known.count, "device")
        return [.ok(.pci, "\(count) with links at their best", known.map(evidence))]
    }

    private func judge(_ device: Device) -> Finding? {
        guard let link = device.pci.link, let best = device.pci.bestLink,
            link.bytesPerSecond < best.bytesPerSecond
        else { return nil }
        if link.width >= best.width, device.isAccelerator {
            return .ok(
                .pci, "\(device.name) has slowed its link down, as idle accelerators do",
                [evidence(device)])
        }
        return .warning(
            .pci, "\(device.name) has a PCI link of \(text(link)) where \(text(best)) is possible",
            [evidence(device)],
            remedy: "seat the card and its riser again, and see that the slot has as many lanes; "
                + "'lspci -vv -s \(device.pci.busID)' shows both ends")
    }

    private func evidence(_ device: Device) -> String {
        let link = device.pci.link.map(text) ?? "unknown"
        let best = device.pci.bestLink.map(text) ?? "unknown"
        return "/sys/bus/pci/devices/\(device.pci.busID): \(link), at best \(best)"
    }

    private func text(_ link: PCILink) -> String {
        let tenths = link.transfersPerSecond / 100_000_000
        let fraction = tenths % 10 == 0 ? "" : ".\(tenths % 10)"
        return "\(tenths / 10)\(fraction) GT/s x\(link.width)"
    }
}
