/// The ways between devices through hwloc's tree.
struct Paths {
    let tree: Tree
    /// The processors of each NUMA node that has some.
    let domains: Set<Bitmap>
    /// What the link at a PCI object carries in one direction, in bytes per second.
    let speeds: [Int: Int]

    /// What the PCI links on a path carry.
    enum Bandwidth: Equatable {
        /// The slowest of them, in one direction.
        case known(bytesPerSecond: Int)
        /// The bus id of a device whose link's speed is unknown.
        case unknown(String)
    }

    /// How far two devices are from each other; nil where nothing says on which NUMA node one of
    /// them is.
    ///
    /// Below a common bridge the path turns around inside a switch. A switch shows as one bridge for
    /// each of its ports, and a path goes through two of them for each switch; the shared upstream
    /// port, where it turns, is not passed. So bridges below the common one, halved, are switches.
    func pathClass(from: Int, to: Int) -> PathClass? {
        let common = tree.commonAncestor(of: from, and: to)
        switch tree.objects[common].kind {
        case .bridge, .pciDevice, .osDevice:
            let bridges = [from, to].flatMap { above($0, below: common) }.filter { isBridge($0) }
            return (bridges.count + 1) / 2 <= 1 ? .pix : .pxb
        case .hostBridge: return .phb
        default: return byNode(from, to)
        }
    }

    /// The slowest link between each device and the common bridge, or the host bridges.
    ///
    /// A link has two ends, and either may know its speed: going up from a device, links join it
    /// with the port above it, that port's switch's upstream port with the port above that, and so
    /// on.
    func bandwidth(from: Int, to: Int) -> Bandwidth {
        let common = tree.commonAncestor(of: from, and: to)
        var slowest = Int.max
        for device in [from, to] {
            let passed = above(device, below: common).count
            let chain = [device] + tree.ancestors(of: device).filter { tree.objects[$0].pci != nil }
            for lower in stride(from: 0, through: min(passed, chain.count - 1), by: 2) {
                let ends = chain[lower..<min(lower + 2, chain.count)]
                guard let speed = ends.compactMap({ speeds[$0] }).min() else {
                    return .unknown(tree.objects[chain[lower]].pci?.busID.description ?? "a device")
                }
                slowest = min(slowest, speed)
            }
        }
        return .known(bytesPerSecond: slowest)
    }

    /// The objects above a device that are below the common one.
    private func above(_ device: Int, below common: Int) -> [Int] {
        Array(tree.ancestors(of: device).prefix { $0 != common && $0 > common })
    }

    private func byNode(_ from: Int, _ to: Int) -> PathClass? {
        let (left, right) = (tree.objects[from].processors, tree.objects[to].processors)
        let isTogether = domains.contains { left.isSubset(of: $0) && right.isSubset(of: $0) }
        if isTogether { return .node }
        return left.intersects(right) ? nil : .sys
    }

    private func isBridge(_ index: Int) -> Bool { tree.objects[index].kind == .bridge }
}
