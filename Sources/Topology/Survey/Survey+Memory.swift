extension Survey {
    mutating func numaNodes() -> [NUMANode] {
        if nodeObjects.isEmpty { note("numa", "hwloc shows no NUMA node") }
        return nodeObjects.enumerated().map { numaNode($1, "numa[\($0)]") }
    }

    private mutating func numaNode(_ index: Int, _ path: String) -> NUMANode {
        let object = tree.objects[index]
        let pages = object.pages.sorted { $0.pageBytes < $1.pageBytes }
        if pages.isEmpty { note("\(path).pages", "hwloc does not say how it is divided") }
        return NUMANode(
            osIndex: object.osIndex ?? 0,
            kind: known(
                Self.kind(object.subtype), "\(path).kind",
                "hwloc names kinds of memory only where it can tell several apart"),
            memoryBytes: known(
                object.byteCount, "\(path).memoryBytes", "hwloc does not say how much it has"),
            pages: pages, processors: processors.restricted(to: object.processors),
            distances: known(
                distances(of: object), "\(path).distances",
                nodeObjects.count == 1
                    ? "there is no other node" : "the firmware does not say them"))
    }

    private func distances(of object: TreeObject) -> [Int]? {
        let indices = nodeObjects.compactMap { tree.objects[$0].osIndex }
        let found = indices.compactMap { other in
            tree.distances[Tree.NodePair(from: object.osIndex ?? 0, to: other)]
        }
        return found.count == indices.count ? found : nil
    }

    /// hwloc's subtypes of NUMA nodes.
    private static func kind(_ subtype: String?) -> NUMANode.Kind? {
        switch subtype {
        case "DRAM": .dram
        case "HBM", "MCDRAM": .hbm
        case "NVM": .nvm
        case "SPM": .specialPurpose
        case "GPUMemory": .accelerator
        case .some(let text) where text.hasPrefix("CXL"): .cxl
        default: nil
        }
    }
}
