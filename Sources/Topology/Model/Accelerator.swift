/// A device that computes: a GPU, or a co-processor of another kind.
package struct Accelerator: Sendable, Hashable {
    /// All names of the device, in hwloc's order: `cuda0`, `nvml0`, `card0`.
    package var names: [String]
    /// The runtimes that know the device, in hwloc's words: `CUDA`, `NVML`, `RSMI`, `LevelZero`,
    /// `OpenCL`.
    package var runtimes: [String]
    package var vendor: String?
    package var model: String?
    package var uuid: String?
    package var memoryBytes: Int?
    package var pci: PCIFunction?
    /// NUMA nodes near it, by index; nil where nothing says.
    package var numaNodes: [Int]?
    package var processors: Processors
    /// The index of the NIC to use, and its rail.
    package var bestNIC: Int?
    package var rail: Int?

    /// What people call it.
    package var title: String {
        names.first ?? pci?.busID.description ?? model ?? "accelerator"
    }
}
