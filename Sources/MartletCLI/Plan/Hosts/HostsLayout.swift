import Schedules
import Topology

/// Where everything of some hosts and their rings lies in the picture: hosts below each other, in
/// each a column for a rank and a row for a channel, and at the left of a row the channel's NIC.
struct HostsLayout {
    struct Host {
        var area: Rectangle
        /// By position: by NUMA node, accelerator and number, as rings pass them.
        var columns: [Int]
        /// The middle of each channel's row.
        var rows: [Double]
    }

    static let margin = 20.0
    static let padding = 12.0
    static let rowHeight = 50.0
    static let nic = (width: 140.0, height: 42.0)
    static let rank = 42.0
    static let station = 9.5
    static let strand = 13.0
    /// Between hosts, for the strands' numbers.
    static let gap = 34.0
    /// From a row's middle to its lanes for entering and leaving, and to the one for turning back.
    static let lanes = (inner: 12.5, outer: 17.5, back: 16.0)

    let columnWidth: Double
    private(set) var hosts: [Host] = []
    let bottom: Double
    private let gutter: Double
    private let channelCount: Int

    init(_ plan: HostsPlan, top: Double) {
        let widest = plan.hosts.map(\.places.count).max() ?? 1
        columnWidth = widest <= 10 ? 72 : widest <= 20 ? 60 : 53
        channelCount = plan.channels.count
        gutter = plan.hosts.count > 1 ? Double(2 * channelCount) * Self.strand + 6 : 0
        let width =
            2 * Self.padding + Self.nic.width + Self.laneRoom + Double(widest) * columnWidth
        var y = top
        for host in plan.hosts {
            let columns = host.ranks.sorted { Self.key($0, host) < Self.key($1, host) }
            let first = y + 30 + 18 + Self.rank + 10
            let rows = plan.channels.indices.map {
                first + (Double($0) + 0.5) * Self.rowHeight
            }
            let note = Self.hasNote(host, plan) ? 18.0 : 0
            let height = first + Double(channelCount) * Self.rowHeight + 8 + note - y
            let area = Rectangle(
                left: Self.margin + gutter, top: y, width: width, height: height)
            hosts.append(Host(area: area, columns: columns, rows: rows))
            y = area.bottom + Self.gap
        }
        bottom = y - Self.gap
    }

    private static let laneRoom = 22.0

    private static func key(_ rank: Int, _ host: HostsPlan.Host) -> (Int, Int, Int) {
        let place = host.places[rank - host.firstRank]
        return (place.numaNode ?? .max, host.accelerator(of: rank) ?? .max, rank)
    }

    /// Whether some devices of the host have no part in any ring.
    static func hasNote(_ host: HostsPlan.Host, _ plan: HostsPlan) -> Bool {
        !HostsPicture.idleDevices(of: host, plan).isEmpty
    }

    var right: Double { hosts.map(\.area.right).max() ?? 0 }

    func nicArea(_ channel: Int, on host: Int) -> Rectangle {
        Rectangle(
            left: hosts[host].area.left + Self.padding,
            top: hosts[host].rows[channel] - Self.nic.height / 2, width: Self.nic.width,
            height: Self.nic.height)
    }

    func x(ofColumn column: Int, on host: Int) -> Double {
        hosts[host].area.left + Self.padding + Self.nic.width + Self.laneRoom
            + (Double(column) + 0.5) * columnWidth
    }

    func station(of rank: Int, _ channel: Int, on host: Int) -> Point {
        let column = hosts[host].columns.firstIndex(of: rank) ?? 0
        return Point(x: x(ofColumn: column, on: host), y: hosts[host].rows[channel])
    }

    /// The line on which a channel goes down from host to host, or back from the last to the first.
    func strand(_ channel: Int, isReturn: Bool) -> Double {
        Self.margin + (Double(2 * channel + (isReturn ? 0 : 1)) + 0.5) * Self.strand
    }
}

// MARK: - Ways

extension HostsLayout {
    /// From one rank of a host to the next one: straight to a neighbour, otherwise below the row.
    func way(from: Int, to: Int, _ channel: Int, on host: Int) -> [Point] {
        let (start, end) = (
            station(of: from, channel, on: host), station(of: to, channel, on: host)
        )
        guard abs(start.x - end.x) > 1.5 * columnWidth else { return [start, end] }
        let y = start.y + Self.lanes.back
        return [start, Point(x: start.x, y: y), Point(x: end.x, y: y), end]
    }

    /// From the last rank of a host through its NIC and that of another host to the first rank there.
    func way(
        leaving: HostsPlan.End, of from: Int, entering: HostsPlan.End, of to: Int, _ channel: Int
    ) -> [Point] {
        let isReturn = to < from
        let x = strand(channel, isReturn: isReturn)
        let (top, bottom) = (nicArea(channel, on: from), nicArea(channel, on: to))
        let (out, into) = (top.center.y + 7, bottom.center.y - 7)
        let exit = port(leaving, isEntry: false, channel, on: from)
        let entry = port(entering, isEntry: true, channel, on: to)
        return [
            exit.station, Point(x: exit.station.x, y: exit.lane),
            Point(x: top.center.x, y: exit.lane), Point(x: top.center.x, y: out),
            Point(x: x, y: out), Point(x: x, y: into), Point(x: bottom.center.x, y: into),
            Point(x: bottom.center.x, y: entry.lane), Point(x: entry.station.x, y: entry.lane),
            entry.station,
        ]
    }

    /// A station at an end of the row, and the lane between it and the NIC. Of the two lanes of a row
    /// the one to the farther station lies above the other, so that they do not cross.
    private func port(
        _ end: HostsPlan.End, isEntry: Bool, _ channel: Int, on host: Int
    ) -> (station: Point, lane: Double) {
        var own = station(of: isEntry ? end.first : end.last, channel, on: host)
        let other = station(of: isEntry ? end.last : end.first, channel, on: host)
        let isAlone = end.first == end.last
        if isAlone { own.x += isEntry ? -4 : 4 }
        let isOuter = isAlone ? !isEntry : own.x > other.x
        return (own, own.y - (isOuter ? Self.lanes.outer : Self.lanes.inner))
    }
}
