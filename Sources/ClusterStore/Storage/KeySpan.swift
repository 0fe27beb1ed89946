internal import FoundationEssentials

/// The keys from one on to before another, as bytes. A single key is the span that holds only it.
struct KeySpan: Hashable, Sendable {
    let first: Data
    /// The first key behind the span; nil where it has no end.
    let end: Data?

    init(first: Data, end: Data?) {
        self.first = first
        self.end = end
    }

    /// As requests write it: no end for a single key, a zero byte for all keys from the first on.
    init(key: Data, rangeEnd: Data) {
        first = key
        end = rangeEnd.isEmpty ? key + [0] : rangeEnd == Data([0]) ? nil : rangeEnd
    }

    init(key: Data) {
        self.init(key: key, rangeEnd: Data())
    }

    /// All keys that begin so.
    init(prefix: String) {
        first = Data(prefix.utf8)
        // Prefixes of ours end with a slash, which can be raised.
        end = Data(prefix.utf8.dropLast()) + [(prefix.utf8.last ?? 0) + 1]
    }

    var isEmpty: Bool { end.map { !first.lexicographicallyPrecedes($0) } ?? false }

    func contains(_ key: Data) -> Bool {
        !key.lexicographicallyPrecedes(first)
            && (end.map { key.lexicographicallyPrecedes($0) } ?? true)
    }

    /// Whether it holds every key of the other.
    func contains(_ other: KeySpan) -> Bool {
        guard !other.first.lexicographicallyPrecedes(first) else { return false }
        guard let end else { return true }
        return other.end.map { !end.lexicographicallyPrecedes($0) } ?? false
    }
}

extension KeySpan: CustomStringConvertible {
    /// As people read it.
    var description: String {
        let start = String(decoding: first, as: UTF8.self)
        guard let end else { return "\"\(start)\" and all behind" }
        if end == first + [0] { return "\"\(start)\"" }
        if let last = first.last, last < .max, end == first.dropLast() + [last + 1] {
            return "\"\(start)*\""
        }
        return "\"\(start)\" to before \"\(String(decoding: end, as: UTF8.self))\""
    }
}
