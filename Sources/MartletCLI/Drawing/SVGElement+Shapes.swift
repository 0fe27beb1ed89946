extension SVGElement {
    static func rectangle(
        _ area: Rectangle, cornerRadius: Double = 0, _ ink: Ink
    ) -> SVGElement {
        var attributes = [
            ("x", number(area.left)), ("y", number(area.top)),
            ("width", number(max(0, area.width))), ("height", number(max(0, area.height))),
        ]
        if cornerRadius > 0 { attributes.append(("rx", number(cornerRadius))) }
        return SVGElement("rect", attributes + ink.attributes)
    }

    static func line(from start: Point, to end: Point, _ ink: Ink) -> SVGElement {
        SVGElement(
            "line",
            [
                ("x1", number(start.x)), ("y1", number(start.y)), ("x2", number(end.x)),
                ("y2", number(end.y)),
            ] + ink.attributes)
    }

    static func circle(at center: Point, radius: Double, _ ink: Ink) -> SVGElement {
        SVGElement(
            "circle",
            [("cx", number(center.x)), ("cy", number(center.y)), ("r", number(radius))]
                + ink.attributes)
    }

    /// A line through all points, with round joints.
    static func polyline(_ points: [Point], _ ink: Ink) -> SVGElement {
        SVGElement(
            "polyline",
            [("points", list(points))] + ink.attributes + [("stroke-linejoin", "round")])
    }

    static func polygon(_ points: [Point], _ ink: Ink) -> SVGElement {
        SVGElement("polygon", [("points", list(points))] + ink.attributes)
    }

    static func path(_ path: SVGPath, _ ink: Ink) -> SVGElement {
        SVGElement("path", [("d", path.data)] + ink.attributes)
    }

    /// Elements that belong together; `kind` is for readers of the file, and for styles.
    static func group(_ kind: String = "", _ children: [SVGElement]) -> SVGElement {
        SVGElement("g", kind.isEmpty ? [] : [("class", kind)], children)
    }

    private static func list(_ points: [Point]) -> String {
        points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    }
}

/// How words are set.
struct TextStyle {
    enum Anchor: String {
        case start, middle, end
    }

    var size = 12.0
    var isBold = false
    var colour = Colour.black
    /// Which part of the words lies at their place.
    var anchor = Anchor.start
    /// Clockwise around their place.
    var degrees = 0.0
}

extension SVGElement {
    /// Words on a base line that goes through `place`.
    static func text(_ words: String, at place: Point, _ style: TextStyle = TextStyle())
        -> SVGElement
    {
        var attributes = [("x", number(place.x)), ("y", number(place.y))]
        attributes.append(("font-size", number(style.size)))
        if style.isBold { attributes.append(("font-weight", "bold")) }
        if style.anchor != .start { attributes.append(("text-anchor", style.anchor.rawValue)) }
        if style.degrees != 0 {
            let numbers = [style.degrees, place.x, place.y].map(number).joined(separator: " ")
            attributes.append(("transform", "rotate(\(numbers))"))
        }
        attributes.append(("fill", style.colour.hexadecimal))
        var element = SVGElement("text", attributes)
        element.contents = [.text(words)]
        return element
    }
}
