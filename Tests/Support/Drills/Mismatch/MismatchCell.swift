import Schedules

/// Some ranks call one thing, the others another.
struct MismatchCell: Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable {
        case count, type, operation, collective, order, root
        /// Counts for which different algorithms are chosen.
        case algorithm
    }

    var kind: Kind
    var rankCount: Int
    /// What most ranks call, one after the other.
    var calls: [CallSketch]
    /// What the dissenters call in their place.
    var otherCalls: [CallSketch]
    var dissenters: Set<Int>

    var description: String {
        "\(kind.rawValue) of \(calls[0].collective.name) against "
            + "\(otherCalls[0].collective.name) among \(rankCount), dissenters \(dissenters.sorted())"
    }

    func calls(of rank: Int) -> [CallSketch] {
        dissenters.contains(rank) ? otherCalls : calls
    }

    func group(of rank: Int) -> Set<Int> {
        dissenters.contains(rank)
            ? dissenters : Set(0..<rankCount).subtracting(dissenters)
    }

    /// On which all agree again, behind the calls.
    static let laterCalls = [CallSketch](repeating: CallSketch(collective: .barrier), count: 2)

    /// In a communicator of its own: the calls, more on which all agree, and the end of it.
    func script(of rank: Int) -> [String] {
        ["split"] + (calls(of: rank) + Self.laterCalls).map(\.step) + ["leave"]
    }
}

extension MismatchCell {
    /// All cells of one size: each kind for each collective, by one rank and by half of them.
    static func all(rankCount: Int) -> [MismatchCell] {
        var groups = (0..<rankCount).map { Set([$0]) }
        if rankCount > 3 {
            groups += [
                Set((0..<rankCount).filter { $0 % 2 == 1 }), Set(0..<rankCount / 2),
            ]
        }
        return groups.flatMap { dissenters in
            Collective.allCases.flatMap { collective in
                Kind.allCases.flatMap { kind in
                    pairs(kind, collective).map { calls, others in
                        MismatchCell(
                            kind: kind, rankCount: rankCount, calls: calls, otherCalls: others,
                            dissenters: dissenters)
                    }
                }
            }
        }
    }

    private static func pairs(
        _ kind: Kind, _ collective: Collective
    ) -> [([CallSketch], [CallSketch])] {
        let call = CallSketch(collective: collective)
        var other = call
        switch kind {
        case .count: other.count = 9
        case .type: other.type = "int32"
        case .operation: other.operation = "maximum"
        case .root: other.root = 1
        case .algorithm: other.count = 1 << 20
        case .collective:
            return Collective.allCases.filter { $0 != collective }.map {
                ([call], [CallSketch(collective: $0)])
            }
        case .order:
            return Collective.allCases.filter { $0 != collective }.map {
                let second = CallSketch(collective: $0)
                return ([call, second], [second, call])
            }
        }
        let isSeen =
            switch kind {
            case .operation: collective.reduces && collective != .barrier
            case .root: collective.isRooted
            default: collective != .barrier
            }
        return isSeen ? [([call], [other])] : []
    }
}
