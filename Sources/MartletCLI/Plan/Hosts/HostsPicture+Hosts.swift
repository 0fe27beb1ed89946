import Schedules
import Topology

// Hosts with their ranks and NICs.

extension HostsPicture {
    /// Devices that no ring uses, by what they are called.
    static func idleDevices(of host: HostsPlan.Host, _ plan: HostsPlan) -> [String] {
        let report = host.report
        let index = plan.hosts.firstIndex { $0.firstRank == host.firstRank } ?? 0
        let used = Set(plan.channels.compactMap { $0.ends[index].nic })
        let nics = host.topology.nics.indices.filter { !used.contains($0) }.map {
            report.nicTitles[$0] + (host.topology.nics[$0].isUsable ? "" : " (down)")
        }
        let first = host.usesAccelerators ? host.places.count : 0
        return report.acceleratorTitles.dropFirst(first) + nics
    }

    func host(_ index: Int) -> SVGElement {
        let host = plan.hosts[index]
        let area = layout.hosts[index].area
        let name = host.hostName ?? host.path
        var children = [
            SVGElement.rectangle(
                area, cornerRadius: 8, Ink(fill: "#f4f6f8", stroke: "#c3c9d2")),
            .text(
                "Host \(index)", at: Point(x: area.left + 12, y: area.top + 20),
                TextStyle(size: 13, isBold: true)),
            SVGElement.text(
                TextWidth.fitted(name, into: area.width - 96, size: 11.5),
                at: Point(x: area.left + 76, y: area.top + 20),
                TextStyle(size: 11.5, colour: .grey)
            ).titled("\(name), from \(host.path)"),
        ]
        children += nodes(index)
        children += layout.hosts[index].columns.indices.map { rank(column: $0, on: index) }
        let idle = Self.idleDevices(of: host, plan)
        if !idle.isEmpty {
            let words = "in no ring: " + idle.joined(separator: ", ")
            children.append(
                SVGElement.text(
                    TextWidth.fitted(words, into: area.width - 24, size: 10.5),
                    at: Point(x: area.left + 12, y: area.bottom - 9),
                    TextStyle(size: 10.5, colour: .grey)
                ).titled(words))
        }
        return .group("host", children)
    }

    /// A line over the ranks of each NUMA node.
    private func nodes(_ index: Int) -> [SVGElement] {
        let host = plan.hosts[index]
        let columns = layout.hosts[index].columns
        let nodes = columns.map { host.places[$0 - host.firstRank].numaNode }
        var elements: [SVGElement] = []
        var start = 0
        while start < nodes.count {
            let end = nodes[start...].firstIndex { $0 != nodes[start] } ?? nodes.count
            let half = layout.columnWidth / 2 - 2
            let (left, right) = (
                layout.x(ofColumn: start, on: index) - half,
                layout.x(ofColumn: end - 1, on: index) + half
            )
            let area = Rectangle(
                left: left, top: layout.hosts[index].area.top + 28, width: right - left,
                height: (layout.hosts[index].rows.last ?? 0) + HostsLayout.rowHeight / 2 + 4
                    - layout.hosts[index].area.top - 28)
            let name = nodes[start].map { "NUMA node \($0)" } ?? "NUMA node not known"
            let isWide = TextWidth.of(name, size: 10.5) <= area.width - 4
            let short = nodes[start].map { "NUMA \($0)" } ?? "NUMA ?"
            elements.append(
                SVGElement.group(
                    "node",
                    [
                        .rectangle(area, cornerRadius: 5, Ink(fill: .white, stroke: "#d5dae1")),
                        .text(
                            isWide ? name : short, at: Point(x: area.center.x, y: area.top + 14),
                            TextStyle(size: 10.5, colour: .grey, anchor: .middle)),
                    ]
                ).titled(name))
            start = end
        }
        return elements
    }

    private func rank(column: Int, on index: Int) -> SVGElement {
        let host = plan.hosts[index]
        let rank = layout.hosts[index].columns[column]
        let place = host.places[rank - host.firstRank]
        let width = layout.columnWidth - 13
        let area = Rectangle(
            left: layout.x(ofColumn: column, on: index) - width / 2,
            top: layout.hosts[index].area.top + 48, width: width, height: HostsLayout.rank)
        let accelerator = host.accelerator(of: rank).map { host.topology.accelerators[$0] }
        let title = accelerator.map { MachinePicture.short($0.title, $0.pci) } ?? "CPU"
        let words =
            "rank \(rank)"
            + (accelerator.map { ": \($0.title)" } ?? "")
            + (place.accelerator.map { " (\($0))" } ?? "")
        let name =
            TextWidth.of("rank \(rank)", size: 12, isBold: true) <= width - 2
            ? "rank \(rank)" : "\(rank)"
        return SVGElement.group(
            "rank",
            [
                .rectangle(area, cornerRadius: 7, Ink(fill: .white, stroke: "#59616e")),
                .text(
                    TextWidth.fitted(name, into: width - 2, size: 12, isBold: true),
                    at: Point(x: area.center.x, y: area.top + 17),
                    TextStyle(size: 12, isBold: true, anchor: .middle)),
                .text(
                    TextWidth.fitted(title, into: width - 2, size: 10),
                    at: Point(x: area.center.x, y: area.top + 33),
                    TextStyle(size: 10, colour: .grey, anchor: .middle)),
            ]
        ).titled(words)
    }

    func nic(_ index: Int, on host: Int) -> SVGElement {
        let channel = plan.channels[index]
        let end = channel.ends[host]
        let area = layout.nicArea(index, on: host)
        let report = plan.hosts[host].report
        let name = end.nic.map { report.nicTitles[$0] } ?? "any NIC"
        let classes = [(end.firstPath, "in"), (end.lastPath, "out")].map { path, way in
            "\(path?.name ?? "?") \(way)"
        }.joined(separator: ", ")
        let isIdle = plan.hosts.count == 1
        let facts = isIdle ? "not used" : end.nic == nil ? "" : classes
        let colour = Self.colour(index)
        return SVGElement.group(
            "nic",
            [
                .rectangle(
                    area, cornerRadius: 2,
                    Ink(
                        fill: colour.lightened(0.86), stroke: colour, strokeWidth: 1.6,
                        dashes: isIdle ? [4, 3] : [])),
                badge(index, at: Point(x: area.left + 15, y: area.center.y), radius: 9),
                .text(
                    TextWidth.fitted(name, into: area.width - 34, size: 12, isBold: true),
                    at: Point(x: area.left + 30, y: area.top + 17),
                    TextStyle(size: 12, isBold: true)),
                .text(
                    TextWidth.fitted(facts, into: area.width - 32, size: 10.5),
                    at: Point(x: area.left + 30, y: area.top + 32),
                    TextStyle(size: 10.5, colour: .grey)),
            ]
        ).titled("\(name) of host \(host), channel \(index), \(railName(index)): \(facts)")
    }
}
