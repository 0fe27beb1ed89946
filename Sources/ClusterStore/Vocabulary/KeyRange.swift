/// One key, or all keys of an interval, as etcd's interface writes it.
package struct KeyRange: Hashable, Sendable {
    /// The first key that may belong to the range. A single zero byte where the range begins with
    /// the first key there can be.
    package let start: [UInt8]
    /// The first key behind the range; empty for the single key `start`, and a single zero byte for
    /// no end at all.
    package let end: [UInt8]

    package init(start: [UInt8], end: [UInt8]) {
        self.start = start
        self.end = end
    }

    /// One key.
    package static func key(_ key: Key) -> KeyRange {
        KeyRange(start: key.bytes, end: [])
    }

    /// All keys that begin with these bytes; all there are when there are no bytes.
    package static func prefix(_ prefix: Key) -> KeyRange {
        guard !prefix.bytes.isEmpty else { return .all }
        return KeyRange(start: prefix.bytes, end: firstBehind(prefix.bytes))
    }

    /// The keys from one on, to before another.
    package static func from(_ first: Key, to end: Key) -> KeyRange {
        KeyRange(start: first.bytes, end: end.bytes)
    }

    /// A key and all behind it.
    package static func from(_ first: Key) -> KeyRange {
        KeyRange(start: first.bytes, end: [0])
    }

    package static let all = KeyRange(start: [0], end: [0])

    /// Whether it is a single key by its form.
    package var isSingleKey: Bool { end.isEmpty }

    package func contains(_ key: Key) -> Bool {
        if isSingleKey { return key.bytes == start }
        guard !key.bytes.lexicographicallyPrecedes(start) else { return false }
        return end == [0] || key.bytes.lexicographicallyPrecedes(end)
    }

    /// What is left of the range behind one of its keys: where the next page begins.
    package func remainder(behind key: Key) -> KeyRange {
        KeyRange(start: key.bytes + [0], end: end)
    }

    /// The first key that does not begin with the prefix and is larger. Bytes of 255 at its end
    /// cannot be raised, so they go; where nothing is left, there is no end.
    private static func firstBehind(_ prefix: [UInt8]) -> [UInt8] {
        var end = prefix
        while let last = end.popLast() {
            guard last == .max else { return end + [last + 1] }
        }
        return [0]
    }
}

extension KeyRange: CustomStringConvertible {
    package var description: String {
        let first = String(decoding: start, as: UTF8.self)
        if isSingleKey { return first }
        if self == .prefix(Key(bytes: start)) { return "\(first)*" }
        return "\(first) ..< \(end == [0] ? "the end" : String(decoding: end, as: UTF8.self))"
    }
}
