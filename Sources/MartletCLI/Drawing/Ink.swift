/// A colour as `#rrggbb`.
struct Colour: Hashable, ExpressibleByStringLiteral {
    let hexadecimal: String

    init(stringLiteral hexadecimal: String) {
        self.hexadecimal = hexadecimal
    }

    static let white: Colour = "#ffffff"
    static let black: Colour = "#1a1a1a"
    /// Of words that explain.
    static let grey: Colour = "#5c5c5c"
    /// Of the lines around things.
    static let frame: Colour = "#8a8a8a"
    /// Of lines that only guide the eye.
    static let guide: Colour = "#e3e3e3"
}

/// How a shape is filled and outlined; nothing of either by default.
struct Ink {
    var fill: Colour?
    var stroke: Colour?
    var strokeWidth = 1.0
    /// Lengths of dashes and of the gaps between them; none is a line without gaps.
    var dashes: [Double] = []
    /// Of fill and outline, 0 to 1.
    var opacity = 1.0

    static func filled(_ colour: Colour, opacity: Double = 1) -> Ink {
        Ink(fill: colour, opacity: opacity)
    }

    static func stroked(_ colour: Colour, width: Double = 1, dashes: [Double] = []) -> Ink {
        Ink(stroke: colour, strokeWidth: width, dashes: dashes)
    }

    var attributes: [(String, String)] {
        // What is not said is black to SVG.
        var attributes = [("fill", fill?.hexadecimal ?? "none")]
        if let stroke {
            attributes.append(("stroke", stroke.hexadecimal))
            attributes.append(("stroke-width", SVGElement.number(strokeWidth)))
            if !dashes.isEmpty {
                let lengths = dashes.map(SVGElement.number).joined(separator: " ")
                attributes.append(("stroke-dasharray", lengths))
            }
        }
        if opacity < 1 { attributes.append(("opacity", SVGElement.number(opacity))) }
        return attributes
    }
}
