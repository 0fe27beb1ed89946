extension Survey {
    mutating func packages() -> [ProcessorPackage] {
        let found = tree.indices { $0.kind == .package }
        if found.isEmpty { note("packages", "hwloc shows no package") }
        return found.enumerated().map { package($1, "packages[\($0)]") }
    }

    private mutating func package(_ index: Int, _ path: String) -> ProcessorPackage {
        let object = tree.objects[index]
        let root = tree.objects.first?.infos ?? [:]
        let reason = "hwloc does not name it"
        let inside = tree.descendants(of: index).map { tree.objects[$0] }
        let caches = Self.caches(among: inside)
        for (position, cache) in caches.enumerated() where cache.byteCount == nil {
            note("\(path).caches[\(position)].byteCount", reason)
        }
        return ProcessorPackage(
            osIndex: known(object.osIndex, "\(path).osIndex", reason),
            vendor: known(
                object.infos["CPUVendor"] ?? root["CPUVendor"], "\(path).vendor", reason),
            model: known(object.infos["CPUModel"] ?? root["CPUModel"], "\(path).model", reason),
            coreCount: inside.filter { $0.kind == .core }.count,
            processors: processors.restricted(to: object.processors), caches: caches,
            numaNodes: nodeIndices(object.nodes))
    }

    private static func caches(among objects: [TreeObject]) -> [Cache] {
        var counts: [Cache: Int] = [:]
        for object in objects {
            guard case .cache(let level, let kind) = object.kind else { continue }
            counts[
                Cache(level: level, kind: kind, byteCount: object.byteCount, count: 0), default: 0] +=
                1
        }
        return counts.map { cache, count in
            var counted = cache
            counted.count = count
            return counted
        }.sorted { $0.sortKey > $1.sortKey }
    }

    /// Positions of NUMA nodes, from a set of their OS indices.
    func nodeIndices(_ nodes: Bitmap) -> [Int] {
        nodeObjects.indices.filter {
            tree.objects[nodeObjects[$0]].osIndex.map(nodes.contains) ?? false
        }
    }
}

extension Cache {
    fileprivate var sortKey: (Int, String, Int) { (level, kind.rawValue, byteCount ?? 0) }
}
