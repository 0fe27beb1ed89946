/// A network device of its own on the bus, with one port or several.
package struct NIC: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case infiniBand, roce, iWARP, ethernet

        /// Whether it moves memory without the processors.
        package var isRDMA: Bool { self != .ethernet }
    }

    /// The best that one of its ports can do.
    package var kind: Kind
    /// The OpenFabrics device, such as `mlx5_0`.
    package var openFabrics: String?
    package var ports: [Port]
    package var vendor: String?
    package var model: String?
    package var pci: PCIFunction?
    /// NUMA nodes near it, by index; nil where nothing says.
    package var numaNodes: [Int]?
    package var processors: Processors
    /// Position in `HostTopology.rails`.
    package var rail: Int?

    /// What people call it.
    package var title: String {
        openFabrics ?? ports.compactMap(\.interface).first ?? pci?.busID.description ?? "NIC"
    }

    /// Whether it can carry anything, as far as is known.
    package var isUsable: Bool {
        ports.isEmpty || ports.contains { $0.state != .down }
    }

    /// Of its fastest port.
    package var rateBitsPerSecond: Int? { ports.compactMap(\.rateBitsPerSecond).max() }
}

extension NIC {
    /// One connector.
    package struct Port: Sendable, Hashable {
        package enum State: String, Sendable { case up, down }

        /// From 1, as OpenFabrics counts.
        package var number: Int?
        package var kind: Kind
        /// The network interface, such as `ib0`.
        package var interface: String?
        package var hardwareAddress: String?
        package var state: State?
        package var rateBitsPerSecond: Int?
        package var mtuBytes: Int?
        /// IPv4 and IPv6 addresses without their masks.
        package var addresses: [String]
        package var gids: [GID]
    }

    /// A port's address for RDMA.
    package struct GID: Sendable, Hashable {
        package enum Kind: String, Sendable { case infiniBand, roceV1, roceV2 }
        package var index: Int
        /// Eight groups of four digits.
        package var value: String
        package var kind: Kind?
    }
}
