/// A machine's XML that hwloc can be given: read, checked, and written anew.
///
/// hwloc 2.9 trusts its XML. Tried with Debian's 2.9.0 and both of its parsers: the count of a
/// version 1 file's distances wraps around and lets the file write behind an allocation; bridges of
/// a kind that does not exist meet an assertion; and processing units that stand twice, siblings
/// with the same processors, and sets that are not their parents' are believed. hwloc's own parser
/// also recurses until the stack ends, where libxml2 stops, but that complains on standard error.
///
/// A child process would survive crashes, but not tell truth from contradiction, and forking a
/// process with threads, as a library would have to, brings troubles of its own. So hwloc never sees
/// the file: `XMLReader` reads it within limits, the rules below refuse what contradicts itself, and
/// what hwloc gets is text that was written here. Either of its parsers is safe and silent with
/// that; commands choose hwloc's own, because libxml2 refuses more than 10 MB.
struct XMLImport {
    /// A few times the largest machines.
    static let byteLimit = 16 << 20
    /// Below one object: hwloc walks over all of them for each that it adds.
    static let siblingLimit = 4096
    /// Linux has no more.
    static let nodeLimit = 1024
    /// Pairs of an accelerator and a NIC, each of which has a path.
    static let pairLimit = 65_536
    static let remedy = "export the machine again: lstopo --of xml FILE"

    /// What hwloc may read.
    private(set) var text = ""
    private(set) var unknown: [UnknownFact] = []

    /// What was seen so far, for rules that reach across objects.
    var processors = Bitmap()
    var nodes = Bitmap()
    /// New identifiers of objects: ours, so that they are unique. By old ones, of NUMA nodes.
    var identifiers: [String: Int] = [:]
    private var objectCount = 0

    init(_ bytes: [UInt8]) throws(TopologyError) {
        guard bytes.count <= Self.byteLimit else {
            throw TopologyError(.limit, "the file is larger than \(Self.byteLimit) bytes")
        }
        var reader = XMLReader(bytes)
        let document = try reader.document()
        try Self.checkVersion(of: document)
        let (objects, others) = (
            document.children.filter { $0.name == "object" },
            document.children.filter { $0.name != "object" }
        )
        guard let root = objects.first, objects.count == 1 else {
            throw Self.fault("expected one object at the root, found \(objects.count)", document)
        }
        text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        // libxml2 complains where it is missing; nobody fetches it.
        text += "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
        text += "<topology version=\"2.0\">\n"
        try writeRoot(root)
        for element in others { try writeAnnotation(element) }
        text += "</topology>\n"
    }

    private static func checkVersion(of document: XMLElement) throws(TopologyError) {
        guard document.name == "topology" else {
            throw TopologyError(
                .version, "expected <topology>, found <\(document.name)>", line: document.line,
                remedy: remedy)
        }
        // hwloc 1 wrote no version.
        let version = document.attributes["version"] ?? "1"
        let major = version.prefix { $0 != "." }
        guard major == "2" else {
            let shown = printable(version)
            throw TopologyError(
                .version, "version \(shown) of hwloc's XML is not one of 2", line: document.line,
                remedy: Int(major).map { $0 > 2 } ?? false
                    ? "export it for hwloc 2: lstopo --of xml --export-xml-flags v2 FILE"
                    : "convert it with hwloc 2: lstopo -i OLD.xml NEW.xml")
        }
    }

    static func fault(_ message: String, _ element: XMLElement) -> TopologyError {
        TopologyError(.content, message, line: element.line, remedy: remedy)
    }

    mutating func note(_ path: String, _ reason: String) {
        unknown.append(UnknownFact(path, reason))
    }
}

// MARK: - Writing

extension XMLImport {
    /// An identifier that no other object has.
    mutating func newIdentifier() -> Int {
        objectCount += 1
        return objectCount
    }

    mutating func open(_ name: String, _ attributes: [(String, String)]) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
        text += ">\n"
    }

    mutating func close(_ name: String) {
        text += "</\(name)>\n"
    }

    mutating func leaf(_ name: String, _ attributes: [(String, String)]) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
        text += "/>\n"
    }

    /// An element around text that is as long as it says.
    mutating func content(_ name: String, _ content: String) {
        text += "<\(name) length=\"\(content.utf8.count)\">\(content)</\(name)>\n"
    }

    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for scalar in printable(value).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// What may stand on one line of a terminal and in XML: no control characters, at most 1,024
    /// bytes of it, except of sets, which are longer and have none.
    static func printable(_ text: String) -> String {
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(XMLReader.textLimit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator:
                clean.append("?")
            default: clean.append(scalar)
            }
        }
        return String(clean)
    }
}
