/// How far an accelerator and a NIC are from each other, in NCCL's words. The lower the nearer.
package enum PathClass: Int, Sendable, Comparable, CaseIterable {
    /// Through one PCI switch at most.
    case pix
    /// Through several PCI switches, but not through the host bridge.
    case pxb
    /// Through their common host bridge, that is, through the processor.
    case phb
    /// Between host bridges of one NUMA node.
    case node
    /// Between NUMA nodes.
    case sys

    package static func < (left: PathClass, right: PathClass) -> Bool {
        left.rawValue < right.rawValue
    }

    package var name: String {
        switch self {
        case .pix: "PIX"
        case .pxb: "PXB"
        case .phb: "PHB"
        case .node: "NODE"
        case .sys: "SYS"
        }
    }
}

/// The path between an accelerator and a NIC, both by index.
package struct Affinity: Sendable, Hashable {
    package var accelerator: Int
    package var nic: Int
    /// Nil where nothing says on which NUMA node one of them is.
    package var path: PathClass?
    /// What the slowest PCI link on the path carries in one direction.
    package var bytesPerSecond: Int?
}

/// The same position of the fabric on every host: the k-th NIC of a kind.
package struct Rail: Sendable, Hashable {
    package var kind: NIC.Kind
    /// Position among the rails of its kind, from 0.
    package var position: Int
    package var nic: Int
    /// Accelerators whose best NIC it is, by index.
    package var accelerators: [Int]
}
