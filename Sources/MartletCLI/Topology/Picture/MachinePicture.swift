import Platform
import Topology

/// A machine as a picture: packages, memory and processors, the devices below them, and the way
/// from each accelerator to the NIC that serves it.
struct MachinePicture {
    private static let margin = 20.0

    let topology: HostTopology
    let report: TopologyReport
    let rails: RailStyles
    let plan: MachinePlan

    init(_ topology: HostTopology) {
        self.topology = topology
        report = TopologyReport(topology: topology)
        rails = RailStyles(topology)
        plan = MachinePlan(topology, at: Point(x: Self.margin, y: 72))
    }

    var document: SVGDocument {
        let room = plan.right - Self.margin
        var elements = heading(width: room)
        elements.append(
            SVGElement.text(
                TextWidth.fitted(counts, into: room, size: 12),
                at: Point(x: Self.margin, y: 56), TextStyle(colour: .grey)
            ).titled(counts))
        elements += plan.blocks.map(block) + plan.sites.map(site)
        elements += plan.switches.map { .rectangle($0, cornerRadius: 5, Self.switchInk) }
        elements += plan.bridges.map(bridge)
        // Links lie below boxes, so that a box that is in their way stays legible.
        elements += topology.accelerators.indices.compactMap(link)
        elements += topology.accelerators.indices.map(accelerator)
        elements += topology.nics.indices.map(nic)
        elements += topology.accelerators.indices.compactMap(linkLabel)
        let foot = Point(x: Self.margin, y: plan.bottom + 12)
        let legend = MachineLegend(self, at: foot, width: room)
        elements.append(legend.element)
        return SVGDocument(
            width: plan.right + Self.margin, height: foot.y + legend.height,
            title: title, summary: "\(counts). \(served)", elements: elements)
    }

    static let switchInk = Ink(fill: "#e4e9f0", stroke: nil)
}

// MARK: - Words

extension MachinePicture {
    private var title: String {
        switch topology.source {
        case .host(let name): "Topology of \(name)"
        case .file(let path, let hostName): "Topology of \(hostName ?? path)"
        }
    }

    /// The title, and behind it where the facts are from, as far as there is room.
    private func heading(width: Double) -> [SVGElement] {
        let shown = TextWidth.fitted(title, into: width, size: 18, isBold: true)
        let heading = SVGElement.text(
            shown, at: Point(x: Self.margin, y: 34), TextStyle(size: 18, isBold: true)
        ).titled(title)
        guard case .file(let path, _?) = topology.source else { return [heading] }
        let start = TextWidth.of(shown, size: 18, isBold: true) + 14
        let words = TextWidth.fitted("from \(path)", into: width - start, size: 11)
        let place = Point(x: Self.margin + start, y: 34)
        let origin = SVGElement.text(words, at: place, TextStyle(size: 11, colour: .grey))
        return [heading, origin.titled(path)]
    }

    private var counts: String {
        let units = topology.processors
        let unused = units.whole.count - units.allowed.count
        return [
            Self.plural(topology.packages.count, "package"),
            Self.plural(topology.numaNodes.count, "NUMA node"),
            Self.plural(units.whole.count, "processing unit")
                + (unused > 0 ? " (\(units.allowed.count) allowed)" : ""),
            Self.plural(topology.accelerators.count, "accelerator"),
            Self.plural(topology.nics.count, "NIC"),
        ].joined(separator: " · ")
    }

    /// Without the smallest ones.
    private static func text(_ caches: [Cache]) -> String? {
        let large = caches.filter { $0.level > 1 }
        return large.isEmpty ? nil : TopologyReport.text(large)
    }

    /// `0-3`, or `0, 2, 5`.
    private static func list(_ numbers: [Int]) -> String {
        let sorted = numbers.sorted()
        let isRow = zip(sorted, sorted.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 == 1 }
        guard isRow, sorted.count > 1, let first = sorted.first, let last = sorted.last else {
            return sorted.map(String.init).joined(separator: ", ")
        }
        return "\(first)-\(last)"
    }

    static func plural(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    /// For readers who do not see.
    private var served: String {
        topology.accelerators.indices.map { index in
            let nic = topology.accelerators[index].bestNIC
            let path = nic.flatMap { topology.affinity(index, $0).path?.name }
            return report.acceleratorTitles[index]
                + (nic.map { " uses \(report.nicTitles[$0])" } ?? " uses no NIC")
                + (path.map { " (\($0))" } ?? "") + "."
        }.joined(separator: " ")
    }
}

// MARK: - Processors and memory

extension MachinePicture {
    private func block(_ frame: MachinePlan.Frame<MachineGroups.Block>) -> SVGElement {
        let area = frame.area
        var children = [
            SVGElement.rectangle(
                area, cornerRadius: 8, Ink(fill: "#f1f3f6", stroke: "#c3c9d2"))
        ]
        for (line, alike) in frame.subject.alikePackages(in: topology).enumerated() {
            let package = topology.packages[alike[0]]
            let numbers = Self.list(alike.map { topology.packages[$0].osIndex ?? $0 })
            let place = Point(x: area.left + 12, y: area.top + 17 + 18 * Double(line))
            let cores = package.coreCount > 0 ? Self.plural(package.coreCount, "core") : nil
            children += labelled(
                "Package\(alike.count > 1 ? "s" : "") \(numbers)",
                [
                    package.model, alike.count > 1 ? cores.map { $0 + " each" } : cores,
                    Self.text(package.caches),
                ], at: place, width: area.width - 24)
        }
        if frame.subject.packages.isEmpty {
            let place = Point(x: area.left + 12, y: area.top + 17)
            children += labelled("Not of one package", [], at: place, width: area.width - 24)
        }
        return .group("package", children)
    }

    private func site(_ frame: MachinePlan.Frame<MachineGroups.Site>) -> SVGElement {
        let area = frame.area
        var children = [
            SVGElement.rectangle(area, cornerRadius: 6, Ink(fill: .white, stroke: "#c3c9d2"))
        ]
        var y = area.top + 18
        for index in frame.subject.nodes {
            children.append(node(index, at: Point(x: area.left + 12, y: y), area.width - 24))
            y += 22
        }
        if frame.subject.nodes.isEmpty {
            children += labelled(
                "Of no single NUMA node, as far as is known", [],
                at: Point(x: area.left + 12, y: y), width: area.width - 24)
        } else if MachinePlan.unitLines(of: frame.subject, topology, in: area.width) > 0 {
            let processors = topology.numaNodes[frame.subject.nodes[0]].processors
            children.append(units(processors, at: Point(x: area.left + 12, y: y - 10), area.width))
        }
        return .group("site", children)
    }

    private func node(_ index: Int, at place: Point, _ width: Double) -> SVGElement {
        let node = topology.numaNodes[index]
        let isBare = node.processors.whole.isEmpty
        let units = isBare ? "no processors" : "units \(node.processors.whole)"
        let best = topology.bestNICOfNode[index].map { "its memory uses \(report.nicTitles[$0])" }
        let kind = node.kind.map { $0 == .dram ? "" : " \($0.rawValue)" } ?? ""
        let facts = [node.memoryBytes.map { BinarySize.text($0) + kind }, units, best]
        let distances = node.distances.map { list in
            "distances to NUMA nodes: " + list.map(String.init).joined(separator: " ")
        }
        let words = (facts.compactMap(\.self) + [distances].compactMap(\.self))
        return SVGElement.group(
            "node", labelled("NUMA node \(node.osIndex)", facts, at: place, width: width)
        ).titled("NUMA node \(node.osIndex): " + words.joined(separator: "; "))
    }

    /// A name, and facts behind it as far as there is room.
    private func labelled(
        _ name: String, _ facts: [String?], at place: Point, width: Double
    ) -> [SVGElement] {
        let start = TextWidth.of(name, size: 13, isBold: true) + 10
        let words = facts.compactMap(\.self).joined(separator: " · ")
        return [
            .text(name, at: place, TextStyle(size: 13, isBold: true)),
            SVGElement.text(
                TextWidth.fitted(words, into: width - start, size: 11),
                at: Point(x: place.x + start, y: place.y), TextStyle(size: 11, colour: .grey)
            ).titled(words),
        ]
    }

    /// A square for each processing unit; those that may not be used are empty.
    private func units(_ processors: Processors, at place: Point, _ width: Double) -> SVGElement {
        let perLine = MachinePlan.unitsPerLine(in: width)
        let squares = processors.whole.indices.enumerated().map { position, unit in
            let step = MachinePlan.unit + 2
            let area = Rectangle(
                left: place.x + Double(position % perLine) * step,
                top: place.y + Double(position / perLine) * step,
                width: MachinePlan.unit, height: MachinePlan.unit)
            return SVGElement.rectangle(
                area, cornerRadius: 1.5,
                processors.allowed.contains(unit)
                    ? Self.unitInk : Ink(fill: .white, stroke: "#b9bfc9"))
        }
        return SVGElement.group("units", squares).titled("processing units \(processors.whole)")
    }

    static let unitInk = Ink.filled("#93a5bf")

    private func bridge(_ frame: MachinePlan.Frame<String?>) -> SVGElement {
        let place = Point(x: frame.area.left + 7, y: frame.area.top + 12)
        let room = frame.area.width - 12
        let root = frame.subject ?? "not known"
        let whole = "host bridge \(root)"
        let name = TextWidth.of(whole, size: 10) <= room ? whole : root
        return .group(
            "bridge",
            [
                .rectangle(
                    frame.area, cornerRadius: 5, .stroked("#9aa3b0", dashes: [4, 3])),
                .text(
                    TextWidth.fitted(name, into: room, size: 10), at: place,
                    TextStyle(size: 10, colour: .grey)),
            ])
    }
}
