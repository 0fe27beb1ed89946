import NodeAgent

/// The nodes of a cluster as a table that fits into so many columns.
struct NodesTable {
    private let listing: ClusterListing
    private let now: Int
    private let width: Int

    init(_ listing: ClusterListing, nowUnixSeconds: Int, width: Int) {
        self.listing = listing
        now = nowUnixSeconds
        self.width = width
    }

    var text: String {
        let lines = [summary] + frozen + (listing.nodes.isEmpty ? [] : [""] + table)
        return lines.map { $0 + "\n" }.joined()
    }

    private var summary: String {
        let capacity = listing.capacity
        guard !listing.nodes.isEmpty else {
            return Self.cut("cluster \(listing.cluster): no nodes", width)
        }
        var parts = [
            Quantity.count(capacity.nodeCount, "node"), Quantity.count(capacity.slotCount, "slot"),
            "\(capacity.reservedSlotCount) reserved",
            "\(capacity.freeSlotCount) free",
        ]
        if capacity.unreachableSlotCount > 0 {
            parts.append("\(capacity.unreachableSlotCount) out of reach")
        }
        return Self.cut("cluster \(listing.cluster): \(parts.joined(separator: ", "))", width)
    }

    private var frozen: [String] {
        guard let freeze = listing.freeze else { return [] }
        let count = "\(freeze.vanished.count) of \(freeze.nodeCount)"
        return [
            "FROZEN: \(count) nodes vanished together, \(age(freeze.sinceUnixSeconds)) ago;",
            "        nothing is believed until they are back, or an operator decides",
        ]
    }

    private static let heading = [
        "NODE", "HOST", "STATE", "SINCE", "SLOTS", "ACCEL", "NICS", "WHY",
    ]

    /// Widths of the columns that are cut, where the whole does not fit.
    private static let nodeWidth = 16
    private static let hostWidth = 16

    private var table: [String] {
        let rows = [Self.heading] + listing.nodes.map(row)
        let isTight = width < Int.max
        let widths = (0..<(Self.heading.count - 1)).map { column in
            let needed = rows.map { $0[column].count }.max() ?? 0
            switch column {
            case 0: return isTight ? min(needed, Self.nodeWidth) : needed
            case 1: return isTight ? min(needed, Self.hostWidth) : needed
            default: return needed
            }
        }
        return rows.map { row in
            var line = ""
            for (column, space) in widths.enumerated() {
                line += Self.cutInside(row[column], space).left(space) + "  "
            }
            line += row[row.count - 1]
            while line.last == " " { line.removeLast() }
            return Self.cut(line, width)
        }
    }

    private func row(_ node: NodeView) -> [String] {
        let record = node.record
        return [
            node.nodeId, record?.identity.hostname ?? "-", node.state.rawValue,
            node.sinceUnixSeconds.map(age) ?? "-",
            record.map { "\($0.slots.reserved)/\($0.slots.total)" } ?? "-",
            record.map { "\($0.accelerators.count)" } ?? "-",
            record.map { "\($0.nics.count)" } ?? "-",
            node.problems.first ?? node.reason,
        ].map(Self.printable)
    }

    /// `45s`, `12m`, `3h`, `9d`; clocks of several hosts may differ a little.
    private func age(_ moment: Int) -> String {
        let seconds = max(0, now - moment)
        return switch seconds {
        case ..<120: "\(seconds)s"
        case ..<7200: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }

    /// What other hosts wrote may hold anything.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) ? "?" : scalar
                }))
    }

    private static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(width - 1) + "…"
    }

    /// Names differ at their ends as often as at their beginnings, so the middle goes.
    static func cutInside(_ text: String, _ width: Int) -> String {
        guard text.count > width, width > 2 else { return text }
        let tail = (width - 1) / 2
        return text.prefix(width - 1 - tail) + "…" + text.suffix(tail)
    }
}
