package import Collectives
package import Schedules

/// A call as one rank makes it.
package struct CallPlan: Sendable, Hashable {
    package var collective: Collective
    package var type: DataType
    package var operation: ReductionOperation
    package var count: Int
    package var root: Int
    /// What the inputs are made from: calls with different salts never have the same inputs.
    package var salt: UInt64 = 0
    /// Floating-point inputs whose sum depends on the order of summation: ranks are then held
    /// against each other.
    package var isRough = false

    /// Elements of the whole extent among so many ranks.
    package func extent(rankCount: Int) -> Int {
        isDivided ? count * rankCount : count
    }

    /// Whether ranks hold only their own part of one of the buffers.
    package var isDivided: Bool { collective == .allGather || collective == .reduceScatter }

    /// Whether both calls say the same on the wire.
    package func agrees(with other: CallPlan) -> Bool {
        collective == other.collective && type == other.type && operation == other.operation
            && count == other.count && root == other.root
    }

    /// What callers cannot choose has its fixed value.
    package mutating func normalize(rankCount: Int) {
        if !collective.isRooted { root = 0 }
        root %= rankCount
        switch collective {
        case .allGather, .broadcast: operation = .sum
        case .barrier: (type, operation, count) = (.uint8, .sum, 1)
        default: break
        }
        let isExact = type != .float32 && type != .float64
        if isExact || collective != .allReduce || ![.sum, .average].contains(operation) {
            isRough = false
        }
    }
}

extension CallPlan: CustomStringConvertible {
    package var description: String {
        let rooted = collective.isRooted ? " to or from \(root)" : ""
        return collective == .barrier
            ? "barrier" : "\(collective.name) (\(operation) of \(count) \(type))\(rooted)"
    }
}

/// What all ranks choose their algorithms by: one below so many bytes, another from there on.
package struct ChoiceTable: Sendable {
    struct Entry: Sendable {
        var small: Algorithm
        var large: Algorithm
        var boundary: Int
    }
    var entries: [Collective: Entry] = [:]

    func choose(_ plan: CallPlan, rankCount: Int) -> Algorithm {
        guard let entry = entries[plan.collective] else { return .direct }
        let byteCount = plan.extent(rankCount: rankCount) * plan.type.byteCount
        return byteCount < entry.boundary ? entry.small : entry.large
    }
}
