import Glibc

/// An element of a picture, with what stands inside it.
struct SVGElement {
    enum Content {
        case element(SVGElement)
        case text(String)
    }

    var name: String
    var attributes: [(name: String, value: String)]
    var contents: [Content] = []

    init(_ name: String, _ attributes: [(String, String)] = [], _ children: [SVGElement] = []) {
        self.name = name
        self.attributes = attributes.map { (name: $0, value: $1) }
        contents = children.map { .element($0) }
    }

    /// With the words that viewers show while the pointer rests on it.
    func titled(_ words: String) -> SVGElement {
        var element = self
        var title = SVGElement("title")
        title.contents = [.text(words)]
        // A title must be the first of the contents.
        element.contents.insert(.element(title), at: 0)
        return element
    }

    /// A line for each element, indented; what stands beside text goes on in its line, for spaces
    /// count there.
    func write(to text: inout String, indent: String = "", isInline: Bool = false) {
        text += isInline ? "<\(name)" : "\(indent)<\(name)"
        for (name, value) in attributes { text += " \(name)=\"\(Self.escape(value))\"" }
        let holdsText = contents.contains { if case .text = $0 { true } else { false } }
        text += contents.isEmpty ? "/>" : holdsText || isInline ? ">" : ">\n"
        for content in contents {
            switch content {
            case .text(let words): text += Self.escape(words)
            case .element(let element):
                element.write(
                    to: &text, indent: indent + " ", isInline: holdsText || isInline)
            }
        }
        if !contents.isEmpty { text += "\(holdsText || isInline ? "" : indent)</\(name)>" }
        if !isInline { text += "\n" }
    }
}

extension SVGElement {
    /// Text as XML 1.0 may hold it, in elements and in attributes: what cannot stand there at all
    /// (control characters, U+FFFE, U+FFFF) becomes U+FFFD.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n", "\r": escaped += " "
            case ..<" ", "\u{7f}"..."\u{9f}", "\u{fffe}", "\u{ffff}": escaped += "\u{fffd}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A length or a coordinate with at most two digits behind the point.
    static func number(_ value: Double) -> String {
        assert(value.isFinite, "a picture has no place \(value)")
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        let hundredths = Int((value * 100).rounded())
        let (whole, part) = (abs(hundredths) / 100, abs(hundredths) % 100)
        let sign = hundredths < 0 ? "-" : ""
        if part == 0 { return "\(sign)\(whole)" }
        if part.isMultiple(of: 10) { return "\(sign)\(whole).\(part / 10)" }
        return "\(sign)\(whole).\(part < 10 ? "0" : "")\(part)"
    }
}
