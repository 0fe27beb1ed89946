import Topology

/// A machine's topology, to be shown.
struct TopologyReport {
    let topology: HostTopology

    /// The host, and the file that shows it where it is from one.
    var hostTitle: String {
        switch topology.source {
        case .host(let name): name
        case .file(let path, let hostName): hostName.map { "\($0), from \(path)" } ?? path
        }
    }

    /// Names that tell the devices apart: those that several have are followed by the bus id.
    var acceleratorTitles: [String] {
        Self.distinct(topology.accelerators.map { ($0.title, $0.pci) })
    }

    var nicTitles: [String] {
        Self.distinct(topology.nics.map { ($0.title, $0.pci) })
    }

    private static func distinct(_ devices: [(title: String, pci: PCIFunction?)]) -> [String] {
        devices.map { title, pci in
            let isAlone = devices.filter { $0.title == title }.count == 1
            guard !isAlone, let busID = pci?.busID else { return title }
            return "\(title)@\(busID)"
        }
    }
}
