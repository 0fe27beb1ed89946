extension Pattern {
    /// The steps of one of several ranks.
    func draft(at seat: Seat) -> Draft {
        switch collective {
        case .allReduce: allReduce(at: seat)
        case .reduceScatter: DirectReduceScatter.draft(at: seat)
        case .allGather: allGather(at: seat)
        case .broadcast: broadcast(at: seat)
        case .reduce: reduce(at: seat)
        case .barrier: barrier(at: seat)
        }
    }

    private func allReduce(at seat: Seat) -> Draft {
        switch algorithm {
        case .ring: RingAllReduce.draft(at: seat, segmentCount: segmentCount)
        case .tree: TreeAllReduce.draft(rank: seat.rank, trees: trees)
        case .halvingDoubling: HalvingDoublingAllReduce.draft(at: seat)
        case .direct: DirectAllReduce.draft(at: seat)
        case .star: StarAllReduce.draft(at: seat)
        }
    }

    private func allGather(at seat: Seat) -> Draft {
        switch algorithm {
        case .ring: RingAllGather.draft(at: seat)
        case .halvingDoubling: HalvingDoublingAllGather.draft(at: seat)
        case .tree, .direct, .star: DirectAllGather.draft(at: seat)
        }
    }

    private func broadcast(at seat: Seat) -> Draft {
        switch algorithm {
        case .ring: RingBroadcast.draft(at: seat, root: root)
        case .tree: TreeBroadcast.draft(rank: seat.rank, trees: trees)
        case .halvingDoubling, .direct, .star: DirectBroadcast.draft(at: seat, root: root)
        }
    }

    private func reduce(at seat: Seat) -> Draft {
        switch algorithm {
        case .ring: RingReduce.draft(at: seat, root: root)
        case .tree: TreeReduce.draft(rank: seat.rank, trees: trees)
        case .halvingDoubling, .direct, .star: DirectReduce.draft(at: seat, root: root)
        }
    }

    private func barrier(at seat: Seat) -> Draft {
        switch algorithm {
        case .tree: TreeAllReduce.draft(rank: seat.rank, trees: trees)
        case .halvingDoubling: DoublingBarrier.draft(at: seat)
        case .ring, .direct: DirectAllReduce.draft(at: seat)
        case .star: StarAllReduce.draft(at: seat)
        }
    }
}
