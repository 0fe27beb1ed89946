/// Reads the part of XML that lstopo writes: elements, attributes, text, comments, and a document
/// type without declarations. No entities but the five that XML names, and characters by number.
///
/// A strict reader of our own, in front of hwloc's, because hwloc 2.9 believes what it reads
/// (`XMLImport`), libxml2 complains on standard error, and both may be given files by strangers.
/// Everything has a limit, nothing is fetched, and each byte is looked at once.
struct XMLReader {
    /// More than any machine: each processing unit takes about six elements.
    static let elementLimit = 400_000
    static let depthLimit = 128
    static let attributeLimit = 64
    /// Of a name, a value or a text. The longest real ones are sets of processors and rows of
    /// distances.
    static let textLimit = 65_536

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var elementCount = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The root of the document.
    mutating func document() throws(TopologyError) -> XMLElement {
        if bytes.allSatisfy(Self.isSpace) { throw fault("it is empty") }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
        try skipProlog()
        guard peek() == UInt8(ascii: "<") else { throw fault("it is no XML: expected '<'") }
        let root = try element(depth: 1)
        try skipMisc()
        guard position == bytes.count else { throw fault("something follows the root element") }
        return root
    }

    private func fault(_ message: String) -> TopologyError {
        let isCut = position > 0 && position >= bytes.count
        return TopologyError(
            .syntax, isCut ? "the file ends too early" : message, line: line,
            remedy: XMLImport.remedy)
    }

    private func excess(_ message: String) -> TopologyError {
        TopologyError(.limit, message, line: line)
    }
}

// MARK: - Elements

extension XMLReader {
    /// Recursive, as deep as `depthLimit` allows.
    private mutating func element(depth: Int) throws(TopologyError) -> XMLElement {
        guard depth <= Self.depthLimit else {
            throw excess("elements are nested deeper than \(Self.depthLimit)")
        }
        elementCount += 1
        guard elementCount <= Self.elementLimit else {
            throw excess("there are more than \(Self.elementLimit) elements")
        }
        try expect("<")
        var element = XMLElement(name: try name(), attributes: [:], line: line)
        while true {
            let hadSpace = skipSpace()
            if take("/>") { return element }
            if take(">") { break }
            guard hadSpace else { throw fault("expected a space, '>' or '/>'") }
            let (name, value) = try attribute()
            guard element.attributes.updateValue(value, forKey: name) == nil else {
                throw fault("the attribute \(name) stands twice")
            }
            guard element.attributes.count <= Self.attributeLimit else {
                throw excess("an element has more than \(Self.attributeLimit) attributes")
            }
        }
        try content(of: &element, depth: depth)
        return element
    }

    private mutating func content(
        of element: inout XMLElement, depth: Int
    ) throws(TopologyError) {
        while true {
            if take("<!--") {
                try skip(past: "-->", "a comment has no end")
            } else if take("</") {
                guard try name() == element.name else {
                    throw fault("expected '</\(element.name)>'")
                }
                skipSpace()
                return try expect(">")
            } else if peek() == UInt8(ascii: "<") {
                element.children.append(try self.element(depth: depth + 1))
            } else {
                element.text += try text(until: UInt8(ascii: "<"))
                guard element.text.utf8.count <= Self.textLimit else {
                    throw excess("a text is longer than \(Self.textLimit) bytes")
                }
            }
        }
    }

    private mutating func attribute() throws(TopologyError) -> (String, String) {
        let name = try name()
        skipSpace()
        try expect("=")
        skipSpace()
        guard let quote = peek(), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw fault("the value of \(name) is not quoted")
        }
        position += 1
        let value = try text(until: quote)
        position += 1
        return (name, value)
    }

    private mutating func name() throws(TopologyError) -> String {
        let start = position
        while let byte = peek(), Self.isNameByte(byte) { position += 1 }
        guard position > start else { throw fault("expected a name") }
        guard position - start <= 64 else { throw excess("a name is longer than 64 bytes") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Up to, but without, the end mark, which must come.
    private mutating func text(until end: UInt8) throws(TopologyError) -> String {
        var found: [UInt8] = []
        while let byte = peek(), byte != end {
            guard found.count < Self.textLimit else {
                throw excess("a text is longer than \(Self.textLimit) bytes")
            }
            switch byte {
            case UInt8(ascii: "<"): throw fault("'<' in a value")
            case UInt8(ascii: "&"): found += try reference()
            case 0: throw fault("a zero byte")
            default:
                if byte == UInt8(ascii: "\n") { line += 1 }
                found.append(byte)
                position += 1
            }
        }
        guard position < bytes.count else { throw fault("a text has no end") }
        return String(decoding: found, as: UTF8.self)
    }

    private mutating func reference() throws(TopologyError) -> [UInt8] {
        let rest = bytes[position...].prefix(12)
        guard let end = rest.firstIndex(of: UInt8(ascii: ";")) else {
            throw fault("'&' without ';'")
        }
        let name = String(decoding: rest[(position + 1)..<end], as: UTF8.self)
        position = end + 1
        switch name {
        case "amp": return [UInt8(ascii: "&")]
        case "lt": return [UInt8(ascii: "<")]
        case "gt": return [UInt8(ascii: ">")]
        case "quot": return [UInt8(ascii: "\"")]
        case "apos": return [UInt8(ascii: "'")]
        default: break
        }
        let isHexadecimal = name.hasPrefix("#x")
        guard name.hasPrefix("#"),
            let number = UInt32(
                name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
            number > 0, let scalar = Unicode.Scalar(number)
        else { throw fault("the entity &\(name); is not known here") }
        return Array(String(scalar).utf8)
    }
}

// MARK: - Between elements

extension XMLReader {
    /// The XML declaration, comments, and the document type.
    private mutating func skipProlog() throws(TopologyError) {
        try skipMisc()
        guard take("<!DOCTYPE") else { return }
        while let byte = peek(), byte != UInt8(ascii: ">") {
            // Declarations are how files of a few hundred bytes become gigabytes.
            guard byte != UInt8(ascii: "[") else {
                throw fault("a document type with declarations")
            }
            if byte == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        try expect(">")
        try skipMisc()
    }

    private mutating func skipMisc() throws(TopologyError) {
        while true {
            skipSpace()
            if take("<?") {
                try skip(past: "?>", "a declaration has no end")
            } else if take("<!--") {
                try skip(past: "-->", "a comment has no end")
            } else {
                return
            }
        }
    }

    private mutating func skip(past end: String, _ message: String) throws(TopologyError) {
        while position < bytes.count {
            if take(end) { return }
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        throw fault(message)
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while let byte = peek(), Self.isSpace(byte) {
            if byte == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        return position > start
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ mark: String) -> Bool {
        guard bytes[position...].starts(with: mark.utf8) else { return false }
        position += mark.utf8.count
        return true
    }

    private mutating func expect(_ mark: String) throws(TopologyError) {
        if take(mark) { return }
        throw fault("expected '\(mark)'")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
