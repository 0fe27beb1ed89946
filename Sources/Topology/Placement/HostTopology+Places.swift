extension HostTopology {
    /// The places of `count` ranks on this host, by local rank.
    ///
    /// The k-th rank uses the k-th accelerator. Where there are none, or fewer than ranks, a rank
    /// goes by its NIC, and where that says nothing, ranks are spread over NUMA nodes that have
    /// processors, in equal blocks.
    package func places(count: Int) -> [RankPlace] {
        (0..<count).map { local in
            if count <= accelerators.count { return place(ofAccelerator: local) }
            if let nic = nic(ofLocalRank: local, of: count) { return place(nearNIC: nic) }
            return place(onNode: spread(local, of: count))
        }
    }

    /// The NIC that a rank without an accelerator goes by, by index: those of the best kind that
    /// moves memory without the processors are dealt to the ranks in equal blocks, or in turn where
    /// nothing says how many ranks there are. Nil where there is none whose NUMA node is known and
    /// may be used.
    package func nic(ofLocalRank local: Int, of count: Int?) -> Int? {
        let near = usableRails.filter { rail in
            guard rail.kind.isRDMA, let node = nics[rail.nic].numaNodes?.first else { return false }
            return !numaNodes[node].processors.allowed.isEmpty
        }
        let best = NIC.Kind.allCases.first { kind in near.contains { $0.kind == kind } }
        let candidates = near.filter { $0.kind == best }.map(\.nic)
        guard !candidates.isEmpty else { return nil }
        guard let count, local < count else { return candidates[local % candidates.count] }
        return candidates[local * candidates.count / count]
    }

    /// The place of whoever works near a NIC, by index.
    package func place(nearNIC index: Int) -> RankPlace {
        place(onNode: nics[index].numaNodes?.first)
    }

    /// The place of whoever uses an accelerator, by index.
    package func place(ofAccelerator index: Int) -> RankPlace {
        let accelerator = accelerators[index]
        let node = accelerator.numaNodes?.first.map { numaNodes[$0].osIndex }
        return RankPlace(
            numaNode: node, accelerator: accelerator.pci?.busID,
            rails: usableRails.map { rail in
                let path = affinity.first { $0.accelerator == index && $0.nic == rail.nic }?.path
                return RankPlace.Reach(kind: rail.kind, position: rail.position, path: path)
            })
    }

    /// The place of whoever works on a NUMA node, by index; nil where nothing says.
    package func place(onNode index: Int?) -> RankPlace {
        RankPlace(
            numaNode: index.map { numaNodes[$0].osIndex }, accelerator: nil,
            rails: usableRails.map { rail in
                RankPlace.Reach(
                    kind: rail.kind, position: rail.position,
                    path: path(fromNode: index, to: rail.nic))
            })
    }

    /// Processors reach a NIC of their node through its host bridge.
    private func path(fromNode node: Int?, to nic: Int) -> PathClass? {
        guard let node, let places = nics[nic].numaNodes, !places.isEmpty else { return nil }
        return places.contains(node) ? .node : .sys
    }

    private var usableRails: [Rail] {
        Array(rails.filter { nics[$0.nic].isUsable }.prefix(RankPlace.railLimit))
    }

    /// Nodes with processors, in equal blocks of ranks.
    private func spread(_ local: Int, of count: Int) -> Int? {
        let nodes = numaNodes.indices.filter { !numaNodes[$0].processors.allowed.isEmpty }
        return nodes.isEmpty ? nil : nodes[local * nodes.count / count]
    }
}
