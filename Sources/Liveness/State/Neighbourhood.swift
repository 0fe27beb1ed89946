/// Which ranks hold a liveness connection to each other: `r` and `r ± 2^i` modulo `n`, and
/// everyone in worlds of at most eight.
///
/// `2^i` goes up to half of `n`. A flood reaches every rank in at most `ceil(log2 n)` hops, and the
/// graph stays in one piece after any `degree - 1` deaths: circulant graphs with convex offsets are
/// as connected as their degree (Boesch and Felzer, 1972).
package struct Neighbourhood: Sendable, Hashable {
    package let worldSize: Int
    /// Distances upwards around the circle, ascending; complete, so `d` implies `n - d`.
    package let offsets: [Int]

    package init(worldSize: Int) {
        self.worldSize = worldSize
        var found: Set<Int> = []
        if worldSize <= 8 {
            found = Set(1..<max(worldSize, 1))
        } else {
            var distance = 1
            while distance <= worldSize / 2 {
                found.formUnion([distance, worldSize - distance])
                distance *= 2
            }
        }
        offsets = found.sorted()
    }

    package var degree: Int { offsets.count }

    /// The neighbours of a rank, ascending.
    package func neighbours(of rank: Int) -> [Int] {
        offsets.map { (rank + $0) % worldSize }.sorted()
    }

    package func areNeighbours(_ left: Int, _ right: Int) -> Bool {
        offsets.contains((right - left + worldSize) % worldSize)
    }
}
