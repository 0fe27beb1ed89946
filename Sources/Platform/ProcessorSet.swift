internal import CLinux

/// Processors by the numbers that the kernel gives them, from 0 on.
package struct ProcessorSet: Sendable, Hashable {
    /// Processors from this number on are not looked at.
    package static let limit = 64 * wordLimit
    package static let wordLimit = 16

    /// A bit for each processor, the lowest first; the last word is not 0.
    package let words: [UInt64]

    /// - Parameter words: of more than `wordLimit`, the rest is dropped.
    package init(words: [UInt64]) {
        let known = words.prefix(Self.wordLimit)
        let used = known.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        self.words = Array(known.prefix(used))
    }

    /// Those that this process may run on, as far as the kernel says.
    package static var usable: ProcessorSet {
        var words = [UInt64](repeating: 0, count: wordLimit)
        let failed = unsafe words.withUnsafeMutableBufferPointer {
            unsafe clinux_usable_processor_set($0.baseAddress, $0.count)
        }
        return ProcessorSet(words: failed < 0 ? [] : words)
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package func intersects(_ other: ProcessorSet) -> Bool {
        zip(words, other.words).contains { $0 & $1 != 0 }
    }

    package func union(_ other: ProcessorSet) -> ProcessorSet {
        let (longer, shorter) =
            words.count < other.words.count ? (other.words, words) : (words, other.words)
        var all = longer
        for (index, word) in shorter.enumerated() { all[index] |= word }
        return ProcessorSet(words: all)
    }
}
