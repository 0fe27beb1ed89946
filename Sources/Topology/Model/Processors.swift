/// Processing units: all that the machine shows, and those that this process may use.
package struct Processors: Sendable, Hashable {
    package var whole: Bitmap
    /// As cgroup and affinity allow; of a machine from a file, as they did when it was exported.
    package var allowed: Bitmap

    func restricted(to set: Bitmap) -> Processors {
        Processors(whole: whole.intersection(set), allowed: allowed.intersection(set))
    }
}

/// A socket's worth of cores.
package struct ProcessorPackage: Sendable, Hashable {
    package var osIndex: Int?
    package var vendor: String?
    package var model: String?
    package var coreCount: Int
    package var processors: Processors
    /// One entry for caches that are alike, from the largest level down.
    package var caches: [Cache]
    /// NUMA nodes that are local to it, by index in `HostTopology.numaNodes`.
    package var numaNodes: [Int]
}

/// Caches of one package that are alike.
package struct Cache: Sendable, Hashable {
    package enum Kind: String, Sendable { case unified, data, instruction }
    package var level: Int
    package var kind: Kind
    /// Of each.
    package var byteCount: Int?
    /// How many.
    package var count: Int
}
