extension Algorithm {
    /// The algorithms that carry a collective, for any number of ranks.
    public static func available(for collective: Collective) -> [Algorithm] {
        switch collective {
        case .allReduce: [.ring, .tree, .halvingDoubling, .direct, .star]
        case .reduceScatter: [.direct]
        case .allGather: [.ring, .halvingDoubling, .direct]
        case .broadcast, .reduce: [.ring, .tree, .direct]
        case .barrier: [.tree, .halvingDoubling, .direct, .star]
        }
    }
}
