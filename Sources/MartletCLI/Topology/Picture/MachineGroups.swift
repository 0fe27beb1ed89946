import Topology

/// What of a machine is drawn together: devices behind one PCI switch, switches of one host bridge,
/// host bridges of one NUMA node, nodes of one package.
struct MachineGroups {
    /// Devices that stand side by side, accelerators above NICs.
    struct Cluster: Equatable {
        /// Every accelerator of it reaches some NIC of it through one switch at most; otherwise they
        /// only share the host bridge.
        var isBehindSwitch = false
        var accelerators: [Int] = []
        var nics: [Int] = []

        var columnCount: Int { max(accelerators.count, nics.count) }
        var isEmpty: Bool { columnCount == 0 }
    }

    struct Bridge: Equatable {
        /// As Linux names the PCI tree; nil where nothing says.
        var root: String?
        var clusters: [Cluster]
    }

    /// NUMA nodes with the same processors, and the devices near them.
    struct Site: Equatable {
        /// By index; none for devices that are not near one site alone.
        var nodes: [Int]
        var bridges: [Bridge] = []
    }

    /// Sites of the same packages.
    struct Block: Equatable {
        var packages: [Int]
        var sites: [Site]

        /// Packages that do not differ, together.
        func alikePackages(in topology: HostTopology) -> [[Int]] {
            var groups: [[Int]] = []
            for index in packages {
                let own = topology.packages[index]
                let known = groups.firstIndex { group in
                    let other = topology.packages[group[0]]
                    return own.model == other.model && own.coreCount == other.coreCount
                        && own.caches == other.caches
                }
                if let known { groups[known].append(index) } else { groups.append([index]) }
            }
            return groups
        }
    }

    private(set) var blocks: [Block] = []

    /// A machine without a switch may have any number of devices at one bridge.
    static let columnLimit = 8

    init(_ topology: HostTopology) {
        var sites: [Site] = []
        var siteOfNode: [Int] = []
        for (index, node) in topology.numaNodes.enumerated() {
            let known = sites.firstIndex {
                topology.numaNodes[$0.nodes[0]].processors.whole == node.processors.whole
            }
            siteOfNode.append(known ?? sites.count)
            if let known {
                sites[known].nodes.append(index)
            } else {
                sites.append(Site(nodes: [index]))
            }
        }
        func site(of nodes: [Int]?) -> Int? {
            // Memory behind several nodes is near all that is near one of them.
            let narrow = (nodes ?? []).filter { !topology.isBehindOthers($0) }
            let found = Set((narrow.isEmpty ? nodes ?? [] : narrow).map { siteOfNode[$0] })
            return found.count == 1 ? found.first : nil
        }
        for index in sites.indices {
            sites[index].bridges = Self.bridges(
                topology.accelerators.indices.filter {
                    site(of: topology.accelerators[$0].numaNodes) == index
                },
                topology.nics.indices.filter { site(of: topology.nics[$0].numaNodes) == index },
                topology)
        }
        let strays = Self.bridges(
            topology.accelerators.indices.filter {
                site(of: topology.accelerators[$0].numaNodes) == nil
            },
            topology.nics.indices.filter { site(of: topology.nics[$0].numaNodes) == nil },
            topology)
        if !strays.isEmpty { sites.append(Site(nodes: [], bridges: strays)) }
        for site in sites { add(site, topology) }
    }

    private mutating func add(_ site: Site, _ topology: HostTopology) {
        let packages = topology.packages.indices.filter { index in
            site.nodes.contains { topology.packages[index].numaNodes.contains($0) }
        }
        // Memory behind all packages is of none.
        let own = packages.count == topology.packages.count && packages.count > 1 ? [] : packages
        if let known = blocks.firstIndex(where: { $0.packages == own }) {
            blocks[known].sites.append(site)
        } else {
            blocks.append(Block(packages: own, sites: [site]))
        }
    }
}

// MARK: - Host bridges and switches

extension MachineGroups {
    private static func bridges(
        _ accelerators: [Int], _ nics: [Int], _ topology: HostTopology
    ) -> [Bridge] {
        let roots =
            accelerators.map { topology.accelerators[$0].pci?.root }
            + nics.map { topology.nics[$0].pci?.root }
        var seen: Set<String?> = []
        // Those without a name stand last.
        let order = roots.filter { seen.insert($0).inserted }
            .sorted { ($0 == nil ? 1 : 0, $0 ?? "") < ($1 == nil ? 1 : 0, $1 ?? "") }
        let bridges = order.map { root in
            Bridge(
                root: root,
                clusters: clusters(
                    accelerators.filter { topology.accelerators[$0].pci?.root == root },
                    nics.filter { topology.nics[$0].pci?.root == root }, topology))
        }
        // NICs without an accelerator beside them would part the others.
        let isPlain = { (bridge: Bridge) in bridge.clusters.allSatisfy(\.accelerators.isEmpty) }
        return bridges.filter { !isPlain($0) } + bridges.filter(isPlain)
    }

    /// Those that are joined by paths through one switch, and then the others.
    private static func clusters(
        _ accelerators: [Int], _ nics: [Int], _ topology: HostTopology
    ) -> [Cluster] {
        var rest = Cluster(accelerators: accelerators, nics: nics)
        var found: [Cluster] = []
        for accelerator in accelerators where rest.accelerators.contains(accelerator) {
            var cluster = Cluster(isBehindSwitch: true, accelerators: [accelerator])
            var isGrowing = true
            while isGrowing {
                let size = (cluster.accelerators.count, cluster.nics.count)
                cluster.nics = nics.filter { nic in
                    cluster.accelerators.contains { topology.affinity($0, nic).path == .pix }
                }
                if cluster.nics.isEmpty { break }
                cluster.accelerators = accelerators.filter { other in
                    cluster.nics.contains { topology.affinity(other, $0).path == .pix }
                }
                isGrowing = size != (cluster.accelerators.count, cluster.nics.count)
            }
            guard !cluster.nics.isEmpty else { continue }
            rest.accelerators.removeAll { cluster.accelerators.contains($0) }
            rest.nics.removeAll { cluster.nics.contains($0) }
            found.append(cluster)
        }
        return found + split(rest)
    }

    /// In as many as it takes not to be wider than a picture.
    private static func split(_ cluster: Cluster) -> [Cluster] {
        stride(from: 0, to: cluster.columnCount, by: columnLimit).map { start in
            Cluster(
                accelerators: Array(cluster.accelerators.dropFirst(start).prefix(columnLimit)),
                nics: Array(cluster.nics.dropFirst(start).prefix(columnLimit)))
        }
    }
}

extension HostTopology {
    /// Whether a NUMA node, by index, belongs to the processors of several others.
    func isBehindOthers(_ node: Int) -> Bool {
        let own = numaNodes[node].processors.whole
        return numaNodes.contains { other in
            let units = other.processors.whole
            return units != own && !units.isEmpty && units.isSubset(of: own)
        }
    }
}
