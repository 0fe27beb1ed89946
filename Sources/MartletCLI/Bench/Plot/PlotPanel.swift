/// A part of the picture with axes of its own, into which curves are drawn.
struct PlotPanel {
    /// What the axis upwards shows, with its unit.
    var heading: String
    /// What to make of it.
    var advice: String
    var area: Rectangle
    var horizontal: PlotScale
    var vertical: PlotScale
    var horizontalTicks: [PlotTick]
    var verticalTicks: [PlotTick]

    func place(_ x: Double, _ y: Double) -> Point {
        Point(x: horizontal.position(of: x), y: vertical.position(of: y))
    }

    /// Grid, ticks and words.
    var frame: SVGElement {
        var parts: [SVGElement] = [
            .text(
                heading, at: Point(x: area.left, y: area.top - 10),
                TextStyle(size: 13, isBold: true)),
            .text(
                advice, at: Point(x: area.right, y: area.top - 10),
                TextStyle(colour: .grey, anchor: .end)),
        ]
        for tick in horizontalTicks {
            let x = horizontal.position(of: tick.value)
            let foot = Point(x: x, y: area.bottom)
            parts.append(.line(from: Point(x: x, y: area.top), to: foot, .stroked(.guide)))
            parts.append(
                .line(from: foot, to: Point(x: x, y: area.bottom + 4), .stroked(.frame)))
            parts.append(
                .text(
                    tick.label, at: Point(x: x, y: area.bottom + 18), TextStyle(anchor: .middle)))
        }
        for tick in verticalTicks {
            let y = vertical.position(of: tick.value)
            let left = Point(x: area.left, y: y)
            parts.append(.line(from: left, to: Point(x: area.right, y: y), .stroked(.guide)))
            parts.append(
                .text(
                    tick.label, at: Point(x: area.left - 8, y: y + 4.2), TextStyle(anchor: .end)))
        }
        parts.append(.rectangle(area, .stroked(.frame)))
        return .group("axes", parts)
    }
}

/// A curve as one panel shows it.
struct PlotCurve {
    struct Value {
        var x: Double
        var y: Double
        /// The other edge of the band around the curve, where there is one.
        var edge: Double?
        /// What viewers show at the marker.
        var words: String
    }

    var name: String
    var style: PlotStyle
    var points: [Value]

    /// The areas between the curve and its edge: one for each run of points that have one.
    func band(in panel: PlotPanel, opacity: Double) -> SVGElement {
        let runs = points.split { $0.edge == nil }.filter { $0.count > 1 }
        return .group(
            "band",
            runs.map { run in
                var path = SVGPath()
                let there = run.map { panel.place($0.x, $0.y) }
                let back = run.reversed().map { panel.place($0.x, $0.edge ?? $0.y) }
                for (index, place) in (there + back).enumerated() {
                    if index == 0 { path.move(to: place) } else { path.line(to: place) }
                }
                path.close()
                return .path(path, .filled(style.colour, opacity: opacity))
            })
    }

    /// The line and a marker for each point; of a single point a whisker in place of the band.
    ///
    /// - Parameter shift: to the right, for whiskers that would lie on each other.
    func line(in panel: PlotPanel, markerRadius: Double, shift: Double) -> SVGElement {
        let places = points.map { point in
            let place = panel.place(point.x, point.y)
            return Point(x: place.x + shift, y: place.y)
        }
        var parts: [SVGElement] = []
        if points.count > 1 {
            parts.append(
                .polyline(places, .stroked(style.colour, width: 2, dashes: style.dashes)))
        } else if let point = points.first, let edge = point.edge {
            parts.append(
                .line(
                    from: places[0],
                    to: Point(x: places[0].x, y: panel.vertical.position(of: edge)),
                    .stroked(style.colour, width: 2)))
        }
        for (point, place) in zip(points, places) {
            parts.append(
                style.markerElement(at: place, radius: markerRadius).titled(point.words))
        }
        return SVGElement.group("series", parts).titled(name)
    }
}

extension PlotStyle {
    /// With a thin white rim that keeps crowded ones apart; of an overlay, a ring around others.
    func markerElement(at place: Point, radius: Double) -> SVGElement {
        if isOverlay {
            return marker.element(
                at: place, radius: radius * 1.35, .stroked(colour, width: radius > 3 ? 1.5 : 1))
        }
        // A rim around the smallest would leave nothing of the line.
        let ink = Ink(fill: colour, stroke: radius > 3 ? .white : nil)
        return marker.element(at: place, radius: radius, ink)
    }
}
