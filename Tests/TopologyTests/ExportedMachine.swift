import Foundation
import FoundationXML
import Platform

/// A machine's XML as Foundation's parser reads it, so that what the library says is held against
/// facts that its own reader had no part in.
final class ExportedMachine {
    final class Element {
        let name: String
        let attributes: [String: String]
        weak var parent: Element?
        var children: [Element] = []
        var text = ""

        init(_ name: String, _ attributes: [String: String], _ parent: Element?) {
            self.name = name
            self.attributes = attributes
            self.parent = parent
        }
    }

    let bytes: [UInt8]
    let document: Element

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let collector = Collector()
        let parser = XMLParser(data: Data(bytes))
        parser.delegate = collector
        guard parser.parse(), let root = collector.root else { throw Unreadable() }
        document = root
    }

    struct Unreadable: Error {}

    private final class Collector: NSObject, XMLParserDelegate {
        var root: Element?
        var current: Element?

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            let element = Element(name, attributes, current)
            current?.children.append(element)
            root = root ?? element
            current = element
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
            qualifiedName: String?
        ) {
            current = current?.parent
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            current?.text += text
        }
    }
}

// MARK: - Machines of the project

extension ExportedMachine {
    static let names = [
        "24em64t-2n6c2t-pci", "32em64t-2n8c2t-pci-wholeio", "96em64t-4n4d3ca2co-pci",
    ]

    static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/Machines/\(name).xml"
    }

    static func named(_ name: String) throws -> ExportedMachine {
        try ExportedMachine(FileDescriptor.contents(of: path(name)))
    }
}

// MARK: - Objects

extension ExportedMachine {
    /// All objects of a type, as they stand in the file.
    func objects(_ type: String) -> [Element] {
        func collect(_ element: Element) -> [Element] {
            let own = element.name == "object" && element.attributes["type"] == type
            return (own ? [element] : []) + element.children.flatMap(collect)
        }
        return collect(document)
    }
}

extension ExportedMachine.Element {
    func set(_ attribute: String) -> Set<Int> {
        Self.members(attributes[attribute] ?? "")
    }

    /// The members of a set in hwloc's notation.
    private static func members(_ text: String) -> Set<Int> {
        var found: Set<Int> = []
        for (word, part) in text.components(separatedBy: ",").reversed().enumerated() {
            let value = UInt32(part.replacingOccurrences(of: "0x", with: ""), radix: 16) ?? 0
            for bit in 0..<32 where value & (1 << bit) != 0 { found.insert(word * 32 + bit) }
        }
        return found
    }

    func integer(_ attribute: String) -> Int? { attributes[attribute].flatMap { Int($0) } }

    func info(_ name: String) -> String? {
        children.first { $0.name == "info" && $0.attributes["name"] == name }?.attributes["value"]
    }

    func childObjects(_ type: String) -> [ExportedMachine.Element] {
        children.filter { $0.attributes["type"] == type }
    }

    /// The nearest object above that has processors.
    var locality: ExportedMachine.Element? {
        var next = parent
        while let element = next, element.attributes["cpuset"] == nil { next = element.parent }
        return next
    }

    /// Class, vendor and device, from `0302 [10de:1094] [00de:0088] a1`.
    var pciType: (classID: Int, vendor: Int, device: Int) {
        let fields = (attributes["pci_type"] ?? "").split { " [:]".contains($0) }
            .map { Int($0, radix: 16) ?? -1 }
        return fields.count >= 3 ? (fields[0], fields[1], fields[2]) : (-1, -1, -1)
    }
}
