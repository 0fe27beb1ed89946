/// How wide words will be, without a font to ask: rather a little too wide than too narrow.
///
/// The widths are those of DejaVu Sans, the widest of the fonts that a picture asks for.
enum TextWidth {
    /// At a font size, in the picture's units.
    static func of(_ words: String, size: Double, isBold: Bool = false) -> Double {
        let width = words.unicodeScalars.reduce(0) { $0 + Self.width($1) }
        return width * size * (isBold ? 1.12 : 1)
    }

    /// The words, or as much of their beginning as fits with an ellipsis behind it.
    static func fitted(
        _ words: String, into width: Double, size: Double, isBold: Bool = false
    ) -> String {
        if of(words, size: size, isBold: isBold) <= width { return words }
        var kept = words[...]
        while !kept.isEmpty, of(kept + "…", size: size, isBold: isBold) > width {
            kept = kept.dropLast()
        }
        return kept + "…"
    }

    /// Of the font size.
    private static func width(_ scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "j", "l", "'", "|": 0.34
        case " ", ".", ",", ":", ";", "!", "I", "J", "·": 0.34
        case "(", ")", "[", "]", "f", "t", "r", "-", "/", "\\": 0.43
        case "m", "w", "M", "W", "@", "%", "…": 1
        case "A"..."Z": 0.75
        case " "..."\u{24f}": 0.65
        case "µ", "μ", "–": 0.65
        // Wide scripts fill the square.
        case "\u{1100}"...: 1
        default: 0.8
        }
    }
}
