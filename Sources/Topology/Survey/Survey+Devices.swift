// What accelerators and NICs have in common.

extension Survey {
    /// Facts that come from where a device hangs.
    struct Location {
        var pci: PCIFunction?
        var numaNodes: [Int]?
        var processors: Processors
    }

    mutating func location(of index: Int, _ path: String) -> Location {
        let object = tree.objects[index]
        let nodes = nodeIndices(object.nodes)
        // hwloc hangs a device at the machine when nothing tells its node.
        let isEverywhere = object.processors == processors.whole
        let isTold = !nodes.isEmpty && (domains.count == 1 || !isEverywhere)
        if !isTold { note("\(path).numaNodes", "nothing says which NUMA node it is near") }
        return Location(
            pci: pciFunction(of: index, path), numaNodes: isTold ? nodes : nil,
            processors: processors.restricted(to: object.processors))
    }

    private mutating func pciFunction(of index: Int, _ path: String) -> PCIFunction? {
        guard var pci = tree.objects[index].pci else {
            note("\(path).pciBusId", "it is not on PCI, or hwloc does not see where")
            return nil
        }
        let above = tree.ancestors(of: index).first { tree.objects[$0].kind == .hostBridge }
        pci.root = known(
            above.flatMap { tree.objects[$0].name }, "\(path).pciRoot",
            "hwloc does not show its host bridge")
        if let links = host?.links(of: pci.busID) {
            pci.link = links.current
            pci.bestLink = links.best
        }
        pci.linkBytesPerSecond = pci.link?.bytesPerSecond ?? pci.linkBytesPerSecond
        let reason = absence("Linux does not say: the device is not on PCI Express, or virtual")
        if pci.link == nil { note("\(path).pciLink", reason) }
        if pci.bestLink == nil { note("\(path).pciBestLink", reason) }
        if pci.linkBytesPerSecond == nil {
            note(
                "\(path).pciLinkBytesPerSecond",
                host == nil ? "the file says 0, which means unknown" : reason)
        }
        return pci
    }

    /// What the links at some devices and at the bridges above them carry, where that is known: each
    /// is asked once.
    func linkSpeeds(above places: [Int]) -> [Int: Int] {
        var speeds: [Int: Int] = [:]
        for index in Set(places.flatMap { [$0] + tree.ancestors(of: $0) }) {
            guard let pci = tree.objects[index].pci else { continue }
            speeds[index] =
                host?.links(of: pci.busID).current?.bytesPerSecond ?? pci.linkBytesPerSecond
        }
        return speeds
    }

    /// The first of these infos that an object has, in the objects' order.
    func info(_ names: [String], of objects: [Int]) -> String? {
        for object in objects {
            for name in names {
                if let value = tree.objects[object].infos[name], !value.isEmpty { return value }
            }
        }
        return nil
    }
}

extension Tree {
    /// By bus id, which is stable; what has none comes last, and equals stay in the tree's order.
    func sortedByBus(_ devices: [Int]) -> [Int] {
        devices.sorted { left, right in
            switch (objects[left].pci?.busID, objects[right].pci?.busID) {
            case (let first?, let second?) where first != second: first < second
            case (.some, nil): true
            case (nil, .some): false
            default: left < right
            }
        }
    }
}
