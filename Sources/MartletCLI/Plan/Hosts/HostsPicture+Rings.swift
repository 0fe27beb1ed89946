import Schedules

// Rings: lines between stations, each a rank in the row of a channel.

extension HostsPicture {
    func ring(_ index: Int) -> SVGElement {
        let channel = plan.channels[index]
        let rows = channel.order.hosts
        var hops: [SVGElement] = []
        var marks: [SVGElement] = []
        for (host, row) in rows.enumerated() {
            for (from, to) in zip(row, row.dropFirst()) {
                hops.append(hop(from, to, index, on: host))
            }
            let next = (host + 1) % rows.count
            if next != host {
                hops.append(crossing(host, next, index))
                marks += strandMarks(host, next, index)
            } else if row.count > 1 {
                hops.append(hop(row[row.count - 1], row[0], index, on: host))
            }
        }
        let stations = rows.enumerated().flatMap { host, row in
            row.map { rank in
                SVGElement.group(
                    "station",
                    [
                        number(
                            rank, at: layout.station(of: rank, index, on: host),
                            radius: HostsLayout.station, Self.colour(index))
                    ])
            }
        }
        return SVGElement.group("ring", hops + stations + marks).titled(words(index))
    }

    private func hop(_ from: Int, _ to: Int, _ channel: Int, on host: Int) -> SVGElement {
        let points = layout.way(from: from, to: to, channel, on: host)
        // A ring of two goes and comes the same way.
        let (start, end) = points.count > 2 ? (points[1], points[2]) : (points[0], points[1])
        let middle = Point(x: (start.x + end.x) / 2, y: start.y)
        return line(points, channel, [arrow(at: middle, channel, (end.x > start.x ? 1 : -1, 0))])
            .titled("rank \(from) to rank \(to)")
    }

    private func crossing(_ from: Int, _ to: Int, _ channel: Int) -> SVGElement {
        let ends = plan.channels[channel].ends
        let points = layout.way(
            leaving: ends[from], of: from, entering: ends[to], of: to, channel)
        let nics = [from, to].map { host in
            ends[host].nic.map { plan.hosts[host].report.nicTitles[$0] } ?? "any NIC"
        }
        // Beside the NICs, where the lanes for both directions run side by side.
        let leaving = Point(x: layout.nicArea(channel, on: from).right + 8, y: points[1].y)
        let entering = Point(
            x: layout.nicArea(channel, on: to).right + 15, y: points[points.count - 2].y)
        let arrows = [
            arrow(at: leaving, channel, (-1, 0), scale: 0.7),
            arrow(at: entering, channel, (1, 0), scale: 0.7),
        ]
        return line(points, channel, arrows)
            .titled(
                "rank \(ends[from].last) to rank \(ends[to].first), through \(nics[0]) of host "
                    + "\(from) and \(nics[1]) of host \(to)")
    }

    private func line(_ points: [Point], _ channel: Int, _ marks: [SVGElement]) -> SVGElement {
        let path = SVGPath(through: points, cornerRadius: 5)
        return .group(
            "hop", [.path(path, .stroked(Self.colour(channel), width: 2.2))] + marks)
    }

    /// Between two hosts: the channel's number on the way down, an arrow on the way back.
    private func strandMarks(_ from: Int, _ to: Int, _ channel: Int) -> [SVGElement] {
        let isReturn = to < from
        let x = layout.strand(channel, isReturn: isReturn)
        return (min(from, to)..<max(from, to)).map { host in
            let place = Point(x: x, y: layout.hosts[host].area.bottom + HostsLayout.gap / 2)
            return isReturn
                ? arrow(at: place, channel, (0, -1)) : badge(channel, at: place, radius: 6.5)
        }
    }

    /// - Parameter direction: across and down, of length 1.
    private func arrow(
        at place: Point, _ channel: Int, _ direction: (x: Double, y: Double), scale: Double = 1
    ) -> SVGElement {
        let corners = [(5.5, 0.0), (-4, 4.5), (-4, -4.5)].map { along, aside in
            Point(
                x: place.x + scale * (along * direction.x - aside * direction.y),
                y: place.y + scale * (along * direction.y + aside * direction.x))
        }
        return .polygon(corners, .filled(Self.colour(channel)))
    }
}
