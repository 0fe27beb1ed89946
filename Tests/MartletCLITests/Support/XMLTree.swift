import Foundation
import FoundationXML

/// A document as a parser of its own sees it.
final class XMLTree {
    let name: String
    let attributes: [String: String]
    private(set) var children: [XMLTree] = []
    private(set) var text = ""

    private init(_ name: String, _ attributes: [String: String]) {
        self.name = name
        self.attributes = attributes
    }

    struct Malformed: Error {
        let reason: String
    }

    static func parse(_ document: String) throws -> XMLTree {
        let builder = Builder()
        let parser = XMLParser(data: Data(document.utf8))
        parser.delegate = builder
        guard parser.parse(), let root = builder.root else {
            throw Malformed(reason: "\(parser.lineNumber): \(parser.parserError as Any)")
        }
        return root
    }

    /// This element and everything inside it, in the order of the file.
    var all: [XMLTree] { [self] + children.flatMap(\.all) }

    func all(_ name: String) -> [XMLTree] { all.filter { $0.name == name } }

    func groups(_ kind: String) -> [XMLTree] {
        all("g").filter { $0.attributes["class"] == kind }
    }

    /// The words of its own `title`.
    var title: String? { children.first { $0.name == "title" }?.text }

    func number(_ name: String) -> Double {
        attributes[name].flatMap { Double($0) } ?? .nan
    }

    /// The pairs of a list of points.
    var points: [(x: Double, y: Double)] {
        (attributes["points"] ?? "").split(separator: " ").map { pair in
            let numbers = pair.split(separator: ",").compactMap { Double($0) }
            return numbers.count == 2 ? (numbers[0], numbers[1]) : (.nan, .nan)
        }
    }

    private final class Builder: NSObject, XMLParserDelegate {
        var root: XMLTree?
        private var open: [XMLTree] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            let element = XMLTree(name, attributes)
            open.last?.children.append(element)
            if root == nil { root = element }
            open.append(element)
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
            qualifiedName: String?
        ) {
            open.removeLast()
        }

        func parser(_ parser: XMLParser, foundCharacters words: String) {
            open.last?.text += words
        }
    }
}
