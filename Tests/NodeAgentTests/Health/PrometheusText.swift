/// Reads version 0.0.4 of Prometheus's exposition format, and refuses everything that its own parser
/// would refuse, or that a page of ours should not have.
struct PrometheusText {
    struct Sample {
        var labels: [String: String]
        var value: Double
    }

    struct Family {
        var name: String
        var help: String
        var type: String
        var samples: [Sample] = []
    }

    struct Malformed: Error {
        let line: String
        let reason: String
    }

    private(set) var families: [Family] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(line: "", reason: "no end of line") }
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            try read(line)
        }
    }

    /// HELP, then TYPE, then the samples of one name.
    private mutating func read(_ line: Substring) throws {
        func refuse(_ reason: String) -> Malformed {
            Malformed(line: String(line), reason: reason)
        }
        if line.hasPrefix("# HELP ") {
            let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            guard words.count == 2, Self.isName(words[0]) else { throw refuse("HELP") }
            guard !families.contains(where: { $0.name == words[0] }) else { throw refuse("twice") }
            families.append(Family(name: String(words[0]), help: String(words[1]), type: ""))
        } else if line.hasPrefix("# TYPE ") {
            let words = line.dropFirst(7).split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, families.last?.name == String(words[0]),
                families.last?.type == "", ["gauge", "counter"].contains(words[1])
            else { throw refuse("TYPE") }
            families[families.count - 1].type = String(words[1])
        } else {
            var rest = line
            let name = rest.prefix { Self.isNameCharacter($0) }
            rest = rest.dropFirst(name.count)
            guard let last = families.last, last.name == String(name), last.type != "" else {
                throw refuse("a sample without its HELP and TYPE in front")
            }
            let labels = try Self.labels(&rest, refuse)
            guard rest.first == " ", let value = Double(rest.dropFirst()) else {
                throw refuse("no number")
            }
            guard !last.samples.contains(where: { $0.labels == labels }) else {
                throw refuse("the same sample twice")
            }
            families[families.count - 1].samples.append(Sample(labels: labels, value: value))
        }
    }

    private static func labels(
        _ rest: inout Substring, _ refuse: (String) -> Malformed
    ) throws -> [String: String] {
        var labels: [String: String] = [:]
        guard rest.first == "{" else { return labels }
        rest.removeFirst()
        while true {
            let name = rest.prefix { isNameCharacter($0) && $0 != ":" }
            guard isName(name), rest.dropFirst(name.count).hasPrefix("=\"") else {
                throw refuse("a label's name")
            }
            rest = rest.dropFirst(name.count + 2)
            guard labels.updateValue(try value(&rest, refuse), forKey: String(name)) == nil else {
                throw refuse("a label twice")
            }
            switch rest.popFirst() {
            case ",": continue
            case "}": return labels
            default: throw refuse("behind a label")
            }
        }
    }

    private static func value(
        _ rest: inout Substring, _ refuse: (String) -> Malformed
    ) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "\\": value += "\\"
                case "\"": value += "\""
                case "n": value += "\n"
                default: throw refuse("an escape")
                }
            default: value.append(character)
            }
        }
        throw refuse("a label without end")
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_:".contains(character))
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.allSatisfy(isNameCharacter)
    }
}
