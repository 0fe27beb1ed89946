internal import Yams

/// The keys of a YAML file, with their lines. Sections may be nested, or written with dots.
struct ConfigurationFile {
    struct Entry {
        var path: String
        var value: String
        /// From 1.
        var line: Int
    }

    private(set) var entries: [Entry] = []
    /// With path and line.
    private(set) var mistakes: [String] = []
    private let path: String

    init(path: String, text: String) {
        self.path = path
        do {
            guard let root = try Yams.compose(yaml: text) else { return }
            // A file of comments alone.
            if case .scalar(let scalar) = root, scalar.string.isEmpty { return }
            walk(root, under: "")
        } catch {
            mistakes.append(Self.text(error, path))
        }
    }

    private mutating func walk(_ node: Node, under prefix: String) {
        guard case .mapping(let mapping) = node else {
            return complain(node, prefix.isEmpty ? "expected keys" : "\(prefix) should hold keys")
        }
        var seen: Set<String> = []
        for (name, value) in mapping {
            guard case .scalar(let scalar) = name else {
                complain(name, "a key should be a word")
                continue
            }
            let key = prefix.isEmpty ? scalar.string : "\(prefix).\(scalar.string)"
            guard seen.insert(key).inserted else {
                complain(name, "\(key) stands here a second time")
                continue
            }
            take(key, name, value)
        }
    }

    private mutating func take(_ key: String, _ name: Node, _ value: Node) {
        let isSection = ConfigurationKey.all.contains { $0.path.hasPrefix(key + ".") }
        switch value {
        case .mapping where isSection: walk(value, under: key)
        case .scalar(let scalar) where isSection && Self.isNull(scalar): break
        case .scalar(let scalar) where !isSection:
            add(key, Self.isNull(scalar) ? "" : scalar.string, name)
        case .sequence(let sequence) where ConfigurationKey.named(key)?.isList == true:
            let parts = sequence.compactMap { $0.scalar?.string }
            guard parts.count == sequence.count else {
                return complain(name, "\(key) should be a list of words")
            }
            add(key, parts.joined(separator: ","), name)
        default:
            guard !isSection, let known = ConfigurationKey.named(key) else {
                if isSection { return complain(name, "\(key) should hold keys") }
                return add(key, "", name)
            }
            complain(name, "\(key) should be \(known.expectation)")
        }
    }

    private mutating func add(_ key: String, _ value: String, _ name: Node) {
        entries.append(Entry(path: key, value: value, line: name.mark?.line ?? 1))
    }

    private mutating func complain(_ node: Node, _ what: String) {
        mistakes.append("\(path):\(node.mark?.line ?? 1): \(what)")
    }

    private static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    private static func text(_ error: any Error, _ path: String) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _)?, .parser(_, let problem, let mark, _)?,
            .composer(_, let problem, let mark, _)?:
            "\(path):\(mark.line): this is no YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, let context)?:
            "\(path):\(context.mark.line): \(duplicates.map { "\($0)" }.joined(separator: ", "))"
                + " stands here a second time"
        default: "\(path): this is no YAML: \(error)"
        }
    }
}
