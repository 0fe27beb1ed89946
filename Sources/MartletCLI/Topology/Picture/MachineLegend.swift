import Topology

/// What the signs of a machine's picture mean; only of those that occur.
struct MachineLegend {
    private let entries: [(sign: [SVGElement], words: String)]
    private let place: Point
    private let width: Double

    private static let lineHeight = 19.0
    private static let size = 10.5

    init(_ picture: MachinePicture, at place: Point, width: Double) {
        self.place = place
        self.width = width
        let (topology, plan) = (picture.topology, picture.plan)
        var entries: [(sign: [SVGElement], words: String)] = []
        let hasUnits = plan.sites.contains {
            MachinePlan.unitLines(of: $0.subject, topology, in: $0.area.width) > 0
        }
        if hasUnits {
            entries.append(([Self.box(MachinePicture.unitInk)], "processing unit"))
            if topology.processors.allowed != topology.processors.whole {
                entries.append(
                    ([Self.box(Ink(fill: .white, stroke: "#b9bfc9"))], "not for this process"))
            }
        }
        if !plan.switches.isEmpty {
            entries.append(([Self.box(MachinePicture.switchInk)], "under one PCI switch or port"))
        }
        if topology.nics.contains(where: { !$0.isUsable }) {
            entries.append(
                ([Self.box(.stroked("#9a9a9a", width: 1.4, dashes: [3, 2]))], "down"))
        }
        let classes = Set(
            topology.accelerators.enumerated().compactMap { index, accelerator in
                accelerator.bestNIC.flatMap { topology.affinity(index, $0).path }
            })
        for path in classes.sorted() { entries.append(([], "\(path.name): \(Self.words(path))")) }
        if !topology.rails.isEmpty {
            entries.append(([], "coloured strip: the rail, NICs of one kind by bus id"))
        }
        self.entries = entries
    }

    private static func words(_ path: PathClass) -> String {
        switch path {
        case .pix: "through one PCI switch at most"
        case .pxb: "through several PCI switches"
        case .phb: "through the host bridge"
        case .node: "between host bridges of a NUMA node"
        case .sys: "between NUMA nodes"
        }
    }

    private static func box(_ ink: Ink) -> SVGElement {
        .rectangle(Rectangle(left: 0, top: -9, width: 14, height: 11), cornerRadius: 2, ink)
    }

    /// Each entry's place, and how many lines they take.
    private var flow: (places: [Point], lineCount: Int) {
        var places: [Point] = []
        var (x, line) = (0.0, 0)
        for entry in entries {
            let length =
                TextWidth.of(entry.words, size: Self.size) + (entry.sign.isEmpty ? 0 : 20)
            if x > 0, x + length > width { (x, line) = (0, line + 1) }
            places.append(
                Point(x: place.x + x, y: place.y + 10 + Double(line) * Self.lineHeight))
            x += length + 22
        }
        return (places, entries.isEmpty ? 0 : line + 1)
    }

    var height: Double { Double(flow.lineCount) * Self.lineHeight + 10 }

    var element: SVGElement {
        .group(
            "legend",
            zip(entries, flow.places).map { entry, place in
                var group = SVGElement(
                    "g",
                    [
                        (
                            "transform",
                            "translate(\(SVGElement.number(place.x)) \(SVGElement.number(place.y)))"
                        )
                    ], entry.sign)
                let start = entry.sign.isEmpty ? 0.0 : 20
                group.contents.append(
                    .element(
                        .text(
                            entry.words, at: Point(x: start, y: 0),
                            TextStyle(size: Self.size, colour: .grey))))
                return group
            })
    }
}
