import Schedules
import Topology

/// Hosts and the rings of their ranks as a picture: each ring in its rail's colour, with its
/// channel's number, from rank to rank and through the NICs from host to host.
struct HostsPicture {
    /// Beyond it nobody could follow a ring.
    private static let rankLimit = 1024

    let plan: HostsPlan
    let layout: HostsLayout
    private let legendRoom: Double

    init(_ plan: HostsPlan) throws(Complaint) {
        guard plan.rankCount <= Self.rankLimit else {
            throw Complaint(
                "--svg draws at most \(Self.rankLimit) ranks, and --topology makes "
                    + "\(plan.rankCount)", exitStatus: 64)
        }
        self.plan = plan
        let narrow = HostsLayout(plan, top: 0).right - HostsLayout.margin
        legendRoom = max(narrow, 540)
        let legend = Self.legendPlaces(plan, width: legendRoom)
        layout = HostsLayout(plan, top: (legend.last?.y ?? 0) + 21)
    }

    var document: SVGDocument {
        let room = legendRoom
        var elements = [
            SVGElement.text(
                title, at: Point(x: HostsLayout.margin, y: 34), TextStyle(size: 18, isBold: true)),
            .text(
                TextWidth.fitted(subtitle, into: room, size: 12),
                at: Point(x: HostsLayout.margin, y: 56), TextStyle(colour: .grey)),
            legend,
        ]
        elements += plan.hosts.indices.map(host)
        elements += plan.channels.indices.map(ring)
        elements += plan.hosts.indices.flatMap { host in
            plan.channels.indices.map { nic($0, on: host) }
        }
        return SVGDocument(
            width: legendRoom + 2 * HostsLayout.margin, height: layout.bottom + HostsLayout.margin,
            title: title, summary: summary, elements: elements)
    }

    static func colour(_ channel: Int) -> Colour { Palette.colour(channel) }
}

// MARK: - Words

extension HostsPicture {
    private var title: String {
        "Rings of \(MachinePicture.plural(plan.rankCount, "rank")) on "
            + MachinePicture.plural(plan.hosts.count, "host")
    }

    private var subtitle: String {
        let count = MachinePicture.plural(plan.channels.count, "channel")
        let rails =
            plan.channels[0].rail == nil
            ? "no rail that all hosts have" : "one for each rail that all hosts have"
        let hosts = plan.hosts.count > 1 ? " · each ring enters and leaves a host once" : ""
        return "\(count), \(rails)\(hosts)"
    }

    private static func railName(_ channel: HostsPlan.Channel) -> String {
        channel.rail.map { RailStyles.name($0.kind, $0.position) } ?? "no rail"
    }

    func railName(_ channel: Int) -> String { Self.railName(plan.channels[channel]) }

    func words(_ channel: Int) -> String {
        "channel \(channel), \(railName(channel)): \(plan.channels[channel].order)"
    }

    private var summary: String {
        plan.channels.indices.map(words).joined(separator: "; ")
    }

    /// The middles of the channels' numbers.
    private static func legendPlaces(_ plan: HostsPlan, width: Double) -> [Point] {
        var (x, y) = (0.0, 77.0)
        return plan.channels.map { channel in
            let length = 23 + TextWidth.of(railName(channel), size: 11.5)
            if x > 0, x + length > width { (x, y) = (0, y + 23) }
            defer { x += length + 18 }
            return Point(x: HostsLayout.margin + x + 9, y: y)
        }
    }

    private var legend: SVGElement {
        let places = Self.legendPlaces(plan, width: legendRoom)
        return .group(
            "legend",
            places.enumerated().map { channel, place in
                let words = Point(x: place.x + 14, y: place.y + 4)
                return SVGElement.group(
                    "rail",
                    [
                        badge(channel, at: place, radius: 9),
                        .text(railName(channel), at: words, TextStyle(size: 11.5)),
                    ]
                ).titled(railName(channel))
            })
    }

    func badge(_ channel: Int, at place: Point, radius: Double) -> SVGElement {
        number(channel, at: place, radius: radius, Self.colour(channel))
    }

    /// A number in a filled circle.
    func number(
        _ number: Int, at place: Point, radius: Double, _ colour: Colour
    ) -> SVGElement {
        let size = min(radius * 1.15, 2 * radius / Double("\(number)".count) * 1.25)
        return .group(
            "",
            [
                .circle(at: place, radius: radius, .filled(colour)),
                .text(
                    "\(number)", at: Point(x: place.x, y: place.y + size * 0.36),
                    TextStyle(size: size, isBold: true, colour: colour.ink, anchor: .middle)),
            ])
    }
}
