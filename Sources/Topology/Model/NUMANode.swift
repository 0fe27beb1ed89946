/// Memory with the processors near it.
package struct NUMANode: Sendable, Hashable {
    /// What the memory is made of.
    package enum Kind: String, Sendable { case dram, hbm, cxl, nvm, specialPurpose, accelerator }

    /// Pages of one size.
    package struct Pages: Sendable, Hashable {
        package var pageBytes: Int
        /// How many such pages the memory is divided into.
        package var count: Int
    }

    package var osIndex: Int
    package var kind: Kind?
    package var memoryBytes: Int?
    /// By size, ascending; the first is the ordinary one.
    package var pages: [Pages]
    package var processors: Processors
    /// To every node, in the order of `HostTopology.numaNodes`, in the firmware's units: 10 is
    /// local.
    package var distances: [Int]?
}
