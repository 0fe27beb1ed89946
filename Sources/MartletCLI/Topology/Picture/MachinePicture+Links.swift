import Topology

// The way from an accelerator to its NIC: a curve within a band; from band to band a line with
// corners, through the margin on the right.

extension MachinePicture {
    func link(of index: Int) -> (nic: Int, rail: RailStyles.Style)? {
        guard let nic = topology.accelerators[index].bestNIC, let rail = topology.nics[nic].rail
        else { return nil }
        return (nic, rails[rail])
    }

    func link(_ index: Int) -> SVGElement? {
        guard let (nic, rail) = link(of: index) else { return nil }
        let isFar = plan.bandOfAccelerator[index] != plan.bandOfNIC[nic]
        let path = isFar ? corners(index, nic) : curve(index, nic)
        let ink = Ink.stroked(rail.colour, width: 2.4)
        let words =
            "\(report.acceleratorTitles[index]) to \(report.nicTitles[nic]): "
            + (topology.affinity(index, nic).path?.name ?? "path not known")
        return SVGElement.group("link", [.path(path, ink)]).titled(words)
    }

    func linkLabel(_ index: Int) -> SVGElement? {
        guard let (nic, rail) = link(of: index) else { return nil }
        let words = topology.affinity(index, nic).path?.name ?? "?"
        let area = plan.accelerators[index]
        let width = TextWidth.of(words, size: 10, isBold: true) + 8
        let pill = Rectangle(
            left: area.center.x - width / 2, top: area.bottom + 4, width: width, height: 14)
        return .group(
            "class",
            [
                .rectangle(pill, cornerRadius: 7, Ink(fill: .white, stroke: rail.colour)),
                .text(
                    words, at: Point(x: pill.center.x, y: pill.bottom - 3.5),
                    TextStyle(size: 10, isBold: true, anchor: .middle)),
            ])
    }

    /// Where a line arrives at a NIC: from the left those of its own band, at the right the one
    /// from elsewhere.
    private func arrival(of index: Int?, at nic: Int) -> Point {
        let area = plan.nics[nic]
        let near = topology.accelerators.indices.filter {
            topology.accelerators[$0].bestNIC == nic
                && plan.bandOfAccelerator[$0] == plan.bandOfNIC[nic]
        }.sorted { plan.accelerators[$0].left < plan.accelerators[$1].left }
        let count = near.count + (plan.trunks.contains(nic) ? 1 : 0)
        let position = index.flatMap { near.firstIndex(of: $0) } ?? count - 1
        let share = (Double(position) + 0.5) / Double(count)
        // Close together, as cables into one socket.
        let spread = min(area.width - 24, 14 * Double(count))
        return Point(x: area.center.x + (share - 0.5) * spread, y: area.top)
    }

    private func curve(_ index: Int, _ nic: Int) -> SVGPath {
        let area = plan.accelerators[index]
        let start = Point(x: area.center.x, y: area.bottom)
        let bend = Point(x: start.x, y: area.bottom + 19)
        let end = arrival(of: index, at: nic)
        let reach = (end.y - bend.y) * 0.55
        var path = SVGPath()
        path.move(to: start)
        path.line(to: bend)
        path.curve(
            Point(x: bend.x, y: bend.y + reach), Point(x: end.x, y: end.y - reach), to: end)
        return path
    }

    private func corners(_ index: Int, _ nic: Int) -> SVGPath {
        let area = plan.accelerators[index]
        let end = arrival(of: nil, at: nic)
        let leaving = plan.bands[plan.bandOfAccelerator[index]].level(leavingTo: nic)
        let arriving = plan.bands[plan.bandOfNIC[nic]].level(arrivingAt: nic)
        let gutter = plan.x(ofTrunk: nic)
        return SVGPath(
            through: [
                Point(x: area.center.x, y: area.bottom), Point(x: area.center.x, y: leaving),
                Point(x: gutter, y: leaving), Point(x: gutter, y: arriving),
                Point(x: end.x, y: arriving), end,
            ], cornerRadius: 5)
    }
}

extension SVGPath {
    /// A line with round corners.
    init(through points: [Point], cornerRadius: Double) {
        self.init()
        guard let first = points.first, let last = points.last else { return }
        move(to: first)
        for index in points.indices.dropFirst().dropLast() {
            let corner = points[index]
            let before = corner.toward(points[index - 1], by: cornerRadius)
            let after = corner.toward(points[index + 1], by: cornerRadius)
            line(to: before)
            curve(corner, corner, to: after)
        }
        line(to: last)
    }
}

extension Point {
    /// A point on the way to another, at most half way.
    fileprivate func toward(_ other: Point, by distance: Double) -> Point {
        let (across, down) = (other.x - x, other.y - y)
        let length = (across * across + down * down).squareRoot()
        guard length > 0 else { return self }
        let share = min(0.5, distance / length)
        return Point(x: x + share * across, y: y + share * down)
    }
}
