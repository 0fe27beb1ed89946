/// hwloc's tree, copied: everything behind it is computed from values.
struct Tree: Sendable {
    /// Parents stand before their children, children in hwloc's order: processors, memory, I/O.
    var objects: [TreeObject]
    /// What the process may use, by cgroup; a subset of the root's sets.
    var allowedProcessors: Bitmap
    /// Distances between NUMA nodes by their OS indices; empty where there are none.
    var distances: [NodePair: Int]

    struct NodePair: Hashable {
        var from: Int
        var to: Int
    }
}

/// One object of the tree.
struct TreeObject: Sendable {
    enum Kind: Sendable, Hashable {
        case machine, package, core, processingUnit, group, numaNode
        case cache(level: Int, kind: Cache.Kind)
        case hostBridge, bridge, pciDevice
        case osDevice(OSDeviceKind)
        case other
    }

    enum OSDeviceKind: Sendable, Hashable {
        case gpu, network, openFabrics, coProcessor, other
    }

    var kind: Kind
    var parent: Int?
    var children: [Int] = []
    var osIndex: Int?
    var name: String?
    var subtype: String?
    /// The nearest sets: I/O objects have those of the object that they hang at.
    var processors = Bitmap()
    var nodes = Bitmap()
    /// The first value of each name.
    var infos: [String: String] = [:]
    /// Of caches and NUMA nodes; nil where hwloc has none.
    var byteCount: Int?
    var pages: [NUMANode.Pages] = []
    /// Of bridges to PCI and of PCI devices; without links beyond what hwloc says.
    var pci: PCIFunction?

    var isInputOutput: Bool {
        switch kind {
        case .hostBridge, .bridge, .pciDevice, .osDevice: true
        default: false
        }
    }
}

extension Tree {
    /// Indices of the objects that satisfy a condition, in the tree's order.
    func indices(where condition: (TreeObject) -> Bool) -> [Int] {
        objects.indices.filter { condition(objects[$0]) }
    }

    /// The OS devices below an object, however deep, but not those of other PCI devices below it.
    func osDevices(below index: Int) -> [Int] {
        objects[index].children.flatMap { child -> [Int] in
            guard case .osDevice = objects[child].kind else { return [] }
            return [child] + osDevices(below: child)
        }
    }

    /// Everything below an object; parents stand before their children.
    func descendants(of index: Int) -> [Int] {
        var found = objects[index].children
        var next = 0
        while next < found.count {
            found += objects[found[next]].children
            next += 1
        }
        return found
    }

    /// The lowest object that both are below, or are: parents have lower indices than children.
    func commonAncestor(of left: Int, and right: Int) -> Int {
        var (left, right) = (left, right)
        while left != right {
            if left > right {
                left = objects[left].parent ?? 0
            } else {
                right = objects[right].parent ?? 0
            }
        }
        return left
    }

    /// From the parent up to the root.
    func ancestors(of index: Int) -> [Int] {
        var found: [Int] = []
        var next = objects[index].parent
        while let current = next {
            found.append(current)
            next = objects[current].parent
        }
        return found
    }
}
