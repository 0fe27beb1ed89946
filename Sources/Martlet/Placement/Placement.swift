internal import Bootstrap
internal import Platform
internal import Topology

/// Where this process works on its host, and how that is known.
struct Placement: Sendable {
    var place: RankPlace
    /// For people.
    var reason: String

    /// Where the rank's memory and the library's threads go: nil where there is no choice.
    var memoryNode: Int? {
        guard let node = place.numaNode, NUMA.allowedNodes.count > 1 else { return nil }
        return node
    }

    /// Looks at the host where that can matter; never fails, for a job runs without.
    ///
    /// An accelerator is the one that `MARTLET_ACCELERATOR` names by PCI bus id, else the one that
    /// `LOCAL_RANK` counts, among those of `CUDA_VISIBLE_DEVICES` where that is a list of numbers.
    /// Without one, the NUMA node is that of the process's processors, if they are of one, else that
    /// of the NIC that `LOCAL_RANK` of `LOCAL_WORLD_SIZE` is dealt.
    static func find(_ environment: Environment) throws(BootstrapError) -> Placement {
        let named = try acceleratorName(environment)
        let local = try environment.integer("LOCAL_RANK", in: JoinLimits.ranks)
        let count = try environment.integer("LOCAL_WORLD_SIZE", in: JoinLimits.ranks)
        guard named != nil || HostTopology.isWorthDiscovering else {
            return Placement(
                place: .unknown, reason: "one NUMA node and no accelerator: nothing to choose")
        }
        let host: HostTopology
        do {
            host = try HostTopology.discover(.fast)
        } catch {
            Log.write(.warning, "the host's topology is not known: \(error)")
            return Placement(place: .unknown, reason: "the host's topology is not known: \(error)")
        }
        if let named { return try ofAccelerator(named, host) }
        return ofLocalRank(local, of: count, host, environment["CUDA_VISIBLE_DEVICES"])
    }

    private static let variable = "MARTLET_ACCELERATOR"

    private static func acceleratorName(
        _ environment: Environment
    ) throws(BootstrapError) -> PCIBusID? {
        guard let text = environment[variable] else { return nil }
        guard let busID = PCIBusID(text) else {
            throw .wrong(variable, text, expected: "a PCI bus id such as 0000:84:00.0")
        }
        return busID
    }

    private static func ofAccelerator(
        _ busID: PCIBusID, _ host: HostTopology
    ) throws(BootstrapError) -> Placement {
        guard let index = host.accelerators.firstIndex(where: { $0.pci?.busID == busID }) else {
            let known = host.accelerators.compactMap { $0.pci?.busID.description }
            let all = known.isEmpty ? "none" : known.joined(separator: ", ")
            throw .wrong(
                variable, "\(busID)", expected: "one of this host's accelerators (\(all))")
        }
        return Placement(
            place: host.place(ofAccelerator: index), reason: "\(variable) names \(busID)")
    }

    static func ofLocalRank(
        _ local: Int?, of count: Int?, _ host: HostTopology, _ visible: String?
    ) -> Placement {
        if let local, let index = accelerator(of: local, host, visible) {
            let title = host.accelerators[index].title
            return Placement(
                place: host.place(ofAccelerator: index),
                reason: "local rank \(local) is taken to use \(title)")
        }
        return ofProcessors(host) ?? ofNIC(local, of: count, host)
            ?? Placement(
                place: host.place(onNode: nil),
                reason: "the process may run on several NUMA nodes and has no accelerator or NIC")
    }

    private static func ofProcessors(_ host: HostTopology) -> Placement? {
        let allowed = host.processors.allowed
        let nodes = host.numaNodes.indices.filter {
            host.numaNodes[$0].processors.whole.intersects(allowed)
        }
        guard let node = nodes.first, nodes.count == 1 else { return nil }
        return Placement(
            place: host.place(onNode: node), reason: "the process may run on one NUMA node only")
    }

    private static func ofNIC(_ local: Int?, of count: Int?, _ host: HostTopology) -> Placement? {
        guard let local, let index = host.nic(ofLocalRank: local, of: count) else { return nil }
        return Placement(
            place: host.place(nearNIC: index),
            reason: "local rank \(local) is dealt \(host.nics[index].title)")
    }

    /// The index of the accelerator that a local rank is taken to use.
    private static func accelerator(
        of local: Int, _ host: HostTopology, _ visible: String?
    ) -> Int? {
        let count = host.accelerators.count
        guard let visible else { return local < count ? local : nil }
        let numbers = visible.split(separator: ",", omittingEmptySubsequences: false).map {
            Int($0)
        }
        // A list of one is a process's own; a longer one is the host's.
        let position = numbers.count == 1 ? 0 : local
        guard numbers.indices.contains(position), let number = numbers[position],
            (0..<count).contains(number)
        else { return nil }
        return number
    }
}
