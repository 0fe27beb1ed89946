import Topology

/// A colour and a name for each rail of a machine.
///
/// Rails that serve accelerators get theirs first; where colours run out, those repeat, and the
/// others are grey. Names differ always.
struct RailStyles {
    struct Style {
        var colour: Colour
        var name: String
    }

    private let styles: [Style]

    init(_ topology: HostTopology) {
        let rails = topology.rails
        let used = rails.indices.filter { !rails[$0].accelerators.isEmpty }
        let idle = rails.indices.filter {
            rails[$0].accelerators.isEmpty && topology.nics[rails[$0].nic].isUsable
        }
        // The palette ends with a grey.
        let last = Palette.colours.count - 1
        var colours = [Colour](repeating: Palette.colour(last), count: rails.count)
        for (number, rail) in used.enumerated() { colours[rail] = Palette.colour(number) }
        for (number, rail) in idle.enumerated() {
            colours[rail] = Palette.colour(min(used.count + number, last))
        }
        styles = zip(rails, colours).map { rail, colour in
            Style(colour: colour, name: Self.name(rail.kind, rail.position))
        }
    }

    subscript(rail: Int) -> Style { styles[rail] }

    static func name(_ kind: NIC.Kind, _ position: Int) -> String {
        "\(TopologyReport.name(kind)) \(position)"
    }
}
