/// Where on its host a rank works, and how near the host's rails are to it: all that the order of
/// ranks is made from, and small enough to be told to every rank at join.
package struct RankPlace: Sendable, Hashable {
    /// One rail of the host, from this rank.
    package struct Reach: Sendable, Hashable {
        package var kind: NIC.Kind
        /// The rail's position among those of its kind.
        package var position: Int
        /// Nil where nothing says.
        package var path: PathClass?

        package init(kind: NIC.Kind, position: Int, path: PathClass?) {
            self.kind = kind
            self.position = position
            self.path = path
        }
    }

    /// At most so many rails are looked at.
    package static let railLimit = 32

    /// The NUMA node, by the operating system's index.
    package var numaNode: Int?
    /// The accelerator that the rank is meant to use.
    package var accelerator: PCIBusID?
    /// The host's usable rails.
    package var rails: [Reach]

    package init(numaNode: Int?, accelerator: PCIBusID?, rails: [Reach]) {
        self.numaNode = numaNode
        self.accelerator = accelerator
        self.rails = rails
    }

    /// A rank of which nothing is known.
    package static let unknown = RankPlace(numaNode: nil, accelerator: nil, rails: [])
}
