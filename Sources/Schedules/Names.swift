extension Collective {
    /// The name used on the command line and in saved plans.
    public var name: String {
        switch self {
        case .allReduce: "all-reduce"
        case .reduceScatter: "reduce-scatter"
        case .allGather: "all-gather"
        case .broadcast: "broadcast"
        case .reduce: "reduce"
        case .barrier: "barrier"
        }
    }

    /// The collective of a name, nil where there is none.
    public init?(name: some StringProtocol) {
        guard let match = Collective.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }

    /// Whether operands are combined, so that results have a final combination.
    public var reduces: Bool {
        switch self {
        case .allReduce, .reduceScatter, .reduce, .barrier: true
        case .allGather, .broadcast: false
        }
    }

    /// Whether one rank is the root.
    public var isRooted: Bool { self == .broadcast || self == .reduce }
}

extension Algorithm {
    /// The name used on the command line and in saved plans.
    public var name: String {
        switch self {
        case .ring: "ring"
        case .tree: "tree"
        case .halvingDoubling: "halving-doubling"
        case .direct: "direct"
        case .star: "star"
        }
    }

    /// The algorithm of a name, nil where there is none.
    public init?(name: some StringProtocol) {
        guard let match = Algorithm.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}
