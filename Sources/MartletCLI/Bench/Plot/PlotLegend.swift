/// The names of the curves beside samples of them, in as many lines as they need.
struct PlotLegend {
    private static let lineHeight = 21.0
    private static let sampleWidth = 40.0
    private static let gap = 24.0
    private static let textSize = 12.5

    private let entries: [(name: String, style: PlotStyle, place: Point)]
    let height: Double

    /// - Parameter place: the upper left corner.
    init(_ series: [PlotSeries], at place: Point, width: Double) {
        var entries: [(String, PlotStyle, Point)] = []
        var (x, y) = (0.0, 0.0)
        for one in series {
            let room = width - Self.sampleWidth - 8
            let name = TextWidth.fitted(one.name, into: room, size: Self.textSize)
            let span = Self.sampleWidth + 8 + TextWidth.of(name, size: Self.textSize)
            if x > 0 && x + span > width { (x, y) = (0, y + Self.lineHeight) }
            entries.append((name, one.style, Point(x: place.x + x, y: place.y + y)))
            x += span + Self.gap
        }
        self.entries = entries
        height = y + Self.lineHeight
    }

    var element: SVGElement {
        .group(
            "legend",
            entries.flatMap { name, style, place in
                let middle = Point(x: place.x + Self.sampleWidth / 2, y: place.y + 10)
                return [
                    .line(
                        from: Point(x: place.x, y: middle.y),
                        to: Point(x: place.x + Self.sampleWidth, y: middle.y),
                        .stroked(style.colour, width: 2, dashes: style.dashes)),
                    style.markerElement(at: middle, radius: 4.5),
                    .text(
                        name,
                        at: Point(x: place.x + Self.sampleWidth + 8, y: middle.y + 4.5),
                        TextStyle(size: Self.textSize)),
                ]
            })
    }
}
