/// A set of processors or NUMA nodes by the operating system's numbers, as hwloc's bitmaps.
///
/// A value for discovery, not for hot paths: every change may allocate.
package struct Bitmap: Sendable, Hashable {
    /// Without zeros at the end, so that equal sets have equal words.
    private var words: [UInt64] = []

    package init() {}

    package init(_ indices: some Sequence<Int>) {
        for index in indices { insert(index) }
    }

    init(words: [UInt64]) {
        self.words = words
        trim()
    }

    package var isEmpty: Bool { words.isEmpty }
    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The lowest member.
    package var first: Int? {
        words.firstIndex { $0 != 0 }.map { $0 * 64 + words[$0].trailingZeroBitCount }
    }

    /// The highest member.
    var last: Int? {
        words.last.map { words.count * 64 - 1 - $0.leadingZeroBitCount }
    }

    /// The members, ascending.
    package var indices: [Int] {
        var found: [Int] = []
        for (position, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                found.append(position * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return found
    }

    package func contains(_ index: Int) -> Bool {
        index >= 0 && index / 64 < words.count && words[index / 64] & (1 << (index % 64)) != 0
    }

    package mutating func insert(_ index: Int) {
        precondition(index >= 0, "processors and NUMA nodes have no negative numbers")
        while words.count <= index / 64 { words.append(0) }
        words[index / 64] |= 1 << (index % 64)
    }

    package func isSubset(of other: Bitmap) -> Bool {
        words.count <= other.words.count && zip(words, other.words).allSatisfy { $0 & ~$1 == 0 }
    }

    package func intersects(_ other: Bitmap) -> Bool {
        zip(words, other.words).contains { $0 & $1 != 0 }
    }

    package func intersection(_ other: Bitmap) -> Bitmap {
        Bitmap(words: zip(words, other.words).map { $0 & $1 })
    }

    package mutating func formUnion(_ other: Bitmap) {
        while words.count < other.words.count { words.append(0) }
        for (position, word) in other.words.enumerated() { words[position] |= word }
    }

    private mutating func trim() {
        while words.last == 0 { words.removeLast() }
    }
}

extension Bitmap: CustomStringConvertible {
    /// As Linux writes lists: `0-7,16-23`; empty without members.
    package var description: String {
        var parts: [String] = []
        var pending: ClosedRange<Int>?
        func close(_ range: ClosedRange<Int>) {
            parts.append(
                range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
            )
        }
        for index in indices {
            if let range = pending, index == range.upperBound + 1 {
                pending = range.lowerBound...index
            } else {
                if let range = pending { close(range) }
                pending = index...index
            }
        }
        if let range = pending { close(range) }
        return parts.joined(separator: ",")
    }
}

extension Bitmap {
    /// No machine that hwloc exports has more processors than this.
    static let indexLimit = 65_536

    /// Reads hwloc's text: 32-bit words in hexadecimal, the highest first, empty ones being zero.
    /// Nil for anything else, for an infinite set, and for members at `indexLimit` or above.
    init?(hwlocText text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count <= Self.indexLimit / 32 else { return nil }
        var words = [UInt64](repeating: 0, count: (parts.count + 1) / 2)
        for (position, part) in parts.reversed().enumerated() where !part.isEmpty {
            guard let word = Self.word(part) else { return nil }
            words[position / 2] |= UInt64(word) << (position % 2 * 32)
        }
        self.init(words: words)
    }

    /// `0x` and up to eight digits.
    private static func word(_ part: Substring.UTF8View) -> UInt32? {
        guard part.starts(with: "0x".utf8), (3...10).contains(part.count) else { return nil }
        return UInt32(String(part.dropFirst(2)) ?? "", radix: 16)
    }

    /// The text that hwloc reads.
    var hwlocText: String {
        guard !isEmpty else { return "0x0" }
        let halves = words.reversed().flatMap { [UInt32($0 >> 32), UInt32($0 & 0xffff_ffff)] }
        let text = halves.drop { $0 == 0 }
            .map { $0 == 0 ? "" : "0x" + String($0, radix: 16) }
            .joined(separator: ",")
        return halves.last == 0 ? text + "0x0" : text
    }
}
