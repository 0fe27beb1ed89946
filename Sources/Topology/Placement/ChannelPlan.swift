/// Rings that ranks of several hosts form, one channel for each rail.
///
/// On every host the ranks of a channel's ring stand in a row, so that a ring over `h > 1` hosts
/// crosses between them exactly `h` times. The row begins and ends as near to the channel's NIC as it
/// can, and among equals with the ranks that began and ended the fewest rows of earlier channels. All
/// channels carry equal parts of the buffer. The idea is NCCL's: rings that enter and leave
/// a host through one NIC, each through another.
package struct ChannelPlan: Sendable, Hashable {
    /// One ring, and the rail that it uses between hosts.
    package struct Channel: Sendable, Hashable {
        /// The rail's kind and position; nil where some host has none in common with the others.
        package var rail: RailName?
        /// The ranks of each host in the order of the ring, hosts in the order of the ring.
        package var hosts: [[Int]]

        package init(rail: RailName?, hosts: [[Int]]) {
            self.rail = rail
            self.hosts = hosts
        }
    }

    /// A rail by what all hosts call it.
    package struct RailName: Sendable, Hashable, CustomStringConvertible {
        package var kind: NIC.Kind
        package var position: Int

        package var description: String { "\(kind.rawValue) \(position)" }
    }

    /// At least one.
    package let channels: [Channel]

    /// - Parameter hosts: the ranks of each host, hosts in the order in which rings pass them. Hosts
    ///   without ranks are left out.
    package init(hosts: [[(rank: Int, place: RankPlace)]]) {
        let rows = hosts.filter { !$0.isEmpty }.map(Self.sorted)
        let rails = Self.commonRails(rows)
        let names: [RailName?] = rails.isEmpty ? [nil] : rails
        var uses = rows.map { [Int](repeating: 0, count: $0.count) }
        channels = names.map { rail in
            let hosts = rows.indices.map { host in
                let turns = Self.turns(of: rows[host], for: rail, uses: uses[host])
                uses[host][turns[0]] += 1
                uses[host][turns[turns.count - 1]] += 1
                return turns.map { rows[host][$0].rank }
            }
            return Channel(rail: rail, hosts: hosts)
        }
    }

    private typealias Row = [(rank: Int, place: RankPlace)]

    /// By NUMA node, then by the position on PCI, where neighbours share switches, then by rank.
    private static func sorted(_ ranks: Row) -> Row {
        ranks.sorted { left, right in
            let nodes = (left.place.numaNode ?? .max, right.place.numaNode ?? .max)
            if nodes.0 != nodes.1 { return nodes.0 < nodes.1 }
            if let first = left.place.accelerator, let second = right.place.accelerator,
                first != second
            {
                return first < second
            }
            return left.rank < right.rank
        }
    }

    /// The rails that every host has, of the best kind that every host has.
    private static func commonRails(_ rows: [Row]) -> [RailName] {
        for kind in NIC.Kind.allCases {
            let sets = rows.map { row in
                Set((row.first?.place.rails ?? []).filter { $0.kind == kind }.map(\.position))
            }
            guard var common = sets.first else { return [] }
            for set in sets { common.formIntersection(set) }
            if !common.isEmpty {
                return common.sorted().map { RailName(kind: kind, position: $0) }
            }
        }
        return []
    }

    /// The indices of the row turned round, or also reversed, so that its ends are nearest to the
    /// rail; among those, the ends least used so far; among those, the first in the order of turns.
    ///
    /// - Parameter uses: how many rows each rank of this one began and ended so far.
    private static func turns(of row: Row, for rail: RailName?, uses: [Int]) -> [Int] {
        guard let rail, row.count > 1 else { return Array(row.indices) }
        let costs = row.indices.map { index in
            (distance: distance(of: row[index].place, to: rail), uses: uses[index])
        }
        func cost(_ first: Int, _ last: Int) -> (Int, Int) {
            (costs[first].distance + costs[last].distance, costs[first].uses + costs[last].uses)
        }
        var best = (cost: cost(0, row.count - 1), start: 0, isReversed: false)
        for isReversed in [false, true] {
            for start in row.indices {
                let end = (start + (isReversed ? 1 : row.count - 1)) % row.count
                let cost = cost(start, end)
                if cost < best.cost { best = (cost, start, isReversed) }
            }
        }
        return row.indices.map { step in
            let offset = best.isReversed ? row.count - step : step
            return (best.start + offset) % row.count
        }
    }

    /// Weighed so that one end on another NUMA node is worse than both ends anywhere on the right one.
    private static func distance(of place: RankPlace, to rail: RailName) -> Int {
        let reach = place.rails.first { $0.kind == rail.kind && $0.position == rail.position }
        return switch reach?.path {
        case .pix: 0
        case .pxb: 1
        case .phb: 2
        case .node: 3
        case .sys, nil: 16
        }
    }
}
