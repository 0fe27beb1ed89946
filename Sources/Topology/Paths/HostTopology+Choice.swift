// Which NIC serves which accelerator, and which rail it is on.

extension HostTopology {
    /// What makes one NIC better than another for a user at a known place. The lower the better.
    private struct Rank: Comparable {
        /// The path's class; of a NUMA node, whether the NIC is on it.
        var distance: Int
        /// Between NUMA nodes, where they differ.
        var nodeDistance: Int
        var kind: Int
        var slowness: Int

        static func < (left: Rank, right: Rank) -> Bool {
            (left.distance, left.nodeDistance, left.kind, left.slowness)
                < (right.distance, right.nodeDistance, right.kind, right.slowness)
        }
    }

    /// Gives every accelerator and every NUMA node its best NIC: the nearest one that is not down,
    /// by the path's class and the distance between nodes; among the nearest one with RDMA, then the
    /// fastest, then the one that serves the fewest.
    ///
    /// Who has fewer NICs to choose from goes first, so that the others can make room; otherwise by
    /// index. The same machine always gets the same choice.
    mutating func chooseNICs() {
        let accelerators = assign(accelerators.indices.map { bestNICs(ofAccelerator: $0) })
        for (index, nic) in accelerators.enumerated() { self.accelerators[index].bestNIC = nic }
        bestNICOfNode = assign(numaNodes.indices.map { bestNICs(ofNode: $0) })
    }

    /// One NIC for each user, from those that are equally good for it.
    private func assign(_ choices: [[Int]]) -> [Int?] {
        var served = [Int](repeating: 0, count: nics.count)
        var chosen = [Int?](repeating: nil, count: choices.count)
        let order = choices.indices.sorted {
            (choices[$0].count, $0) < (choices[$1].count, $1)
        }
        for user in order {
            let best = choices[user].min { (served[$0], $0) < (served[$1], $1) }
            guard let best else { continue }
            chosen[user] = best
            served[best] += 1
        }
        return chosen
    }

    private func bestNICs(ofAccelerator index: Int) -> [Int] {
        let places = accelerators[index].numaNodes
        return best { nic in
            let path = affinity(index, nic)
            // A place that is not known may be anywhere, so it is taken for a far one.
            let distance = path.path ?? .sys
            return Rank(
                distance: distance.rawValue,
                nodeDistance: distance == .sys ? nodeDistance(places, nics[nic].numaNodes) : 0,
                kind: nics[nic].kind.isRDMA ? 0 : 1,
                slowness: slowness(of: nics[nic], path.bytesPerSecond))
        }
    }

    private func bestNICs(ofNode index: Int) -> [Int] {
        best { nic in
            let isLocal = nics[nic].numaNodes?.contains(index) ?? false
            return Rank(
                distance: isLocal ? 0 : 1,
                nodeDistance: isLocal ? 0 : nodeDistance([index], nics[nic].numaNodes),
                kind: nics[nic].kind.isRDMA ? 0 : 1, slowness: slowness(of: nics[nic], nil))
        }
    }

    /// The least between any of these nodes; more than any real one where nothing says.
    private func nodeDistance(_ places: [Int]?, _ others: [Int]?) -> Int {
        let pairs = (places ?? []).flatMap { place in
            (others ?? []).map { numaNodes[place].distances?[$0] ?? Int(UInt16.max) }
        }
        return pairs.min() ?? Int.max
    }

    private func best(_ rank: (Int) -> Rank) -> [Int] {
        let ranks = nics.indices.filter { nics[$0].isUsable }.map { ($0, rank($0)) }
        guard let best = ranks.map(\.1).min() else { return [] }
        return ranks.filter { $0.1 == best }.map(\.0)
    }

    /// The faster, the lower; 0 where nothing says.
    private func slowness(of nic: NIC, _ pathBytesPerSecond: Int?) -> Int {
        let rates = [nic.rateBitsPerSecond.map { $0 / 8 }, pathBytesPerSecond].compactMap(\.self)
        return -(rates.min() ?? 0)
    }
}

extension HostTopology {
    /// Numbers the NICs of each kind in their stable order.
    mutating func makeRails() {
        for kind in NIC.Kind.allCases {
            let members = nics.indices.filter { nics[$0].kind == kind }
            for (position, nic) in members.enumerated() {
                let users = accelerators.indices.filter { accelerators[$0].bestNIC == nic }
                nics[nic].rail = rails.count
                for user in users { accelerators[user].rail = rails.count }
                rails.append(
                    Rail(kind: kind, position: position, nic: nic, accelerators: users))
            }
        }
    }
}
