extension Program {
    /// The steps of one of several ranks, by an algorithm that is available for the collective.
    static func draft(
        _ collective: Collective, _ algorithm: Algorithm, at seat: Seat, root: Int, trees: [Tree]?
    ) -> Draft {
        switch collective {
        case .allReduce: allReduce(algorithm, at: seat, trees: trees)
        case .reduceScatter: DirectReduceScatter.draft(at: seat)
        case .allGather: allGather(algorithm, at: seat)
        case .broadcast: broadcast(algorithm, at: seat, root: root, trees: trees)
        case .reduce: reduce(algorithm, at: seat, root: root, trees: trees)
        case .barrier: barrier(algorithm, at: seat, trees: trees)
        }
    }

    private static func allReduce(_ algorithm: Algorithm, at seat: Seat, trees: [Tree]?) -> Draft {
        switch algorithm {
        case .ring: RingAllReduce.draft(at: seat)
        case .tree:
            TreeAllReduce.draft(rank: seat.rank, trees: trees ?? Tree.pair(over: seat.order))
        case .halvingDoubling: HalvingDoublingAllReduce.draft(at: seat)
        case .direct: DirectAllReduce.draft(at: seat)
        }
    }

    private static func allGather(_ algorithm: Algorithm, at seat: Seat) -> Draft {
        switch algorithm {
        case .ring: RingAllGather.draft(at: seat)
        case .halvingDoubling: HalvingDoublingAllGather.draft(at: seat)
        case .tree, .direct: DirectAllGather.draft(at: seat)
        }
    }

    private static func broadcast(
        _ algorithm: Algorithm, at seat: Seat, root: Int, trees: [Tree]?
    ) -> Draft {
        switch algorithm {
        case .ring: RingBroadcast.draft(at: seat, root: root)
        case .tree:
            TreeBroadcast.draft(
                rank: seat.rank, trees: trees ?? Tree.pair(over: seat.order, root: root))
        case .halvingDoubling, .direct: DirectBroadcast.draft(at: seat, root: root)
        }
    }

    private static func reduce(
        _ algorithm: Algorithm, at seat: Seat, root: Int, trees: [Tree]?
    ) -> Draft {
        switch algorithm {
        case .ring: RingReduce.draft(at: seat, root: root)
        case .tree:
            TreeReduce.draft(
                rank: seat.rank, trees: trees ?? Tree.pair(over: seat.order, root: root))
        case .halvingDoubling, .direct: DirectReduce.draft(at: seat, root: root)
        }
    }

    private static func barrier(_ algorithm: Algorithm, at seat: Seat, trees: [Tree]?) -> Draft {
        switch algorithm {
        case .tree:
            TreeAllReduce.draft(rank: seat.rank, trees: trees ?? [Tree.inOrder(seat.order)])
        case .halvingDoubling: DoublingBarrier.draft(at: seat)
        case .ring, .direct: DirectAllReduce.draft(at: seat)
        }
    }
}
