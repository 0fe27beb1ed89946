/// A machine as hwloc sees it: its processors, memory, accelerators and NICs, and how near they are
/// to each other.
///
/// A plain value: no handle of hwloc's is behind it. Devices refer to each other by index. What is
/// not known is nil, never 0, and `unknown` says why.
package struct HostTopology: Sendable, Hashable {
    /// Where the facts are from.
    package enum Source: Sendable, Hashable {
        /// This host, of this name.
        case host(name: String)
        /// A file that lstopo exported, and the host it says that it is of.
        case file(path: String, hostName: String?)
    }

    package var source: Source
    package var processors: Processors
    package var packages: [ProcessorPackage]
    /// By the operating system's index.
    package var numaNodes: [NUMANode]
    /// By PCI bus id.
    package var accelerators: [Accelerator]
    /// By PCI bus id.
    package var nics: [NIC]
    /// Every accelerator with every NIC, accelerator by accelerator.
    package var affinity: [Affinity]
    package var rails: [Rail]
    /// The NIC to use for memory of each NUMA node, by index; nil without a usable NIC.
    package var bestNICOfNode: [Int?]
    package var unknown: [UnknownFact]

    /// The path between an accelerator and a NIC.
    package func affinity(_ accelerator: Int, _ nic: Int) -> Affinity {
        affinity[accelerator * nics.count + nic]
    }
}
