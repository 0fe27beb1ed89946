/// Turns hwloc's tree, and what the host itself says, into a topology.
///
/// Each part looks at its own facts and notes what it does not find, so one missing source never
/// hides another.
struct Survey {
    let tree: Tree
    /// Nil for a machine from a file.
    let host: LiveHost?
    var unknown: [UnknownFact] = []

    let processors: Processors
    /// Objects of the NUMA nodes, by OS index: a node's index is its position here.
    let nodeObjects: [Int]
    /// The processors of NUMA nodes that have some of their own, each set once. Memory without
    /// processors hangs at the whole machine or a package, and is no place to be at.
    let domains: Set<Bitmap>

    init(tree: Tree, host: LiveHost?) {
        self.tree = tree
        self.host = host
        let whole = tree.objects.first?.processors ?? Bitmap()
        var allowed = tree.allowedProcessors.intersection(whole)
        if let usable = host?.usableProcessors { allowed = allowed.intersection(usable) }
        processors = Processors(whole: whole, allowed: allowed)
        nodeObjects = tree.indices { $0.kind == .numaNode && $0.osIndex != nil }
            .sorted { (tree.objects[$0].osIndex ?? 0) < (tree.objects[$1].osIndex ?? 0) }
        let sets = Set(nodeObjects.map { tree.objects[$0].processors }.filter { !$0.isEmpty })
        domains = sets.filter { set in !sets.contains { $0 != set && $0.isSubset(of: set) } }
    }

    /// The whole topology.
    mutating func topology(from source: HostTopology.Source) -> HostTopology {
        if host != nil, host?.usableProcessors == nil {
            note("processors.allowed", "the kernel did not say what this process's affinity is")
        }
        let packages = packages()
        let nodes = numaNodes()
        let accelerators = accelerators()
        let nics = nics()
        var topology = HostTopology(
            source: source, processors: processors, packages: packages, numaNodes: nodes,
            accelerators: accelerators.map(\.device), nics: nics.map(\.device), affinity: [],
            rails: [], bestNICOfNode: [], unknown: [])
        let places = accelerators.compactMap(\.place) + nics.compactMap(\.place)
        let paths = Paths(tree: tree, domains: domains, speeds: linkSpeeds(above: places))
        for (index, accelerator) in accelerators.enumerated() {
            for (other, nic) in nics.enumerated() {
                let name = "affinity[\(topology.affinity.count)]"
                var pair = Affinity(accelerator: index, nic: other)
                measure(&pair, name, accelerator.place, nic.place, paths)
                topology.affinity.append(pair)
            }
        }
        topology.chooseNICs()
        topology.makeRails()
        noteChoices(of: topology)
        topology.unknown = unknown
        return topology
    }

    mutating func note(_ path: String, _ reason: String) {
        unknown.append(UnknownFact(path, reason))
    }

    /// Passes a fact on, and notes when it is absent.
    mutating func known<Fact>(_ fact: Fact?, _ path: String, _ reason: String) -> Fact? {
        if fact == nil { note(path, reason) }
        return fact
    }

    /// Why facts that only a running host has are absent.
    func absence(_ liveReason: String) -> String {
        host == nil ? "a file from lstopo does not hold it" : liveReason
    }
}

/// A device, and where in the tree it hangs.
struct Placed<Device> {
    var device: Device
    /// Nil for a device that hwloc does not show.
    var place: Int?
}

extension Survey {
    private mutating func measure(
        _ affinity: inout Affinity, _ name: String, _ from: Int?, _ to: Int?, _ paths: Paths
    ) {
        guard let from, let to else { return note(name, "one of the two is not on PCI") }
        affinity.path = known(
            paths.pathClass(from: from, to: to), "\(name).path",
            "nothing says on which NUMA node one of the two is")
        switch paths.bandwidth(from: from, to: to) {
        case .known(let bytesPerSecond): affinity.bytesPerSecond = bytesPerSecond
        case .unknown(let link):
            note("\(name).bytesPerSecond", "the speed of the PCI link to \(link) is not known")
        }
    }

    private mutating func noteChoices(of topology: HostTopology) {
        let reason = topology.nics.isEmpty ? "there is no NIC" : "no NIC is up"
        for (index, accelerator) in topology.accelerators.enumerated()
        where accelerator.bestNIC == nil {
            note("accelerators[\(index)].bestNic", reason)
        }
        for (index, best) in topology.bestNICOfNode.enumerated() where best == nil {
            note("numa[\(index)].bestNic", reason)
        }
    }
}
