import Glibc

/// Fills memory with a repeated pattern, and compares memory with it.
enum PatternMemory {
    /// - Parameter offset: how many bytes of the pattern lie before the memory's first.
    static func fill(
        _ memory: UnsafeMutableRawBufferPointer, with pattern: [UInt8], offset: Int = 0
    ) {
        unsafe walk(memory.count, pattern, offset) { position, piece in
            guard let base = memory.baseAddress, let source = piece.baseAddress else {
                return
            }
            unsafe memcpy(base + position, source, piece.count)
        }
    }

    /// How many elements differ.
    static func wrongCount(
        _ memory: UnsafeRawBufferPointer, against pattern: [UInt8], offset: Int = 0,
        elementByteCount: Int
    ) -> Int {
        var wrong = 0
        unsafe walk(memory.count, pattern, offset) { position, piece in
            guard let base = memory.baseAddress, let wanted = piece.baseAddress,
                unsafe memcmp(base + position, wanted, piece.count) != 0
            else { return }
            for start in stride(from: 0, to: piece.count, by: elementByteCount) {
                let differs = unsafe memcmp(
                    base + position + start, wanted + start, elementByteCount)
                if differs != 0 { wrong += 1 }
            }
        }
        return wrong
    }

    /// Goes over so many bytes in pieces that lie within one repetition of the pattern.
    private static func walk(
        _ byteCount: Int, _ pattern: [UInt8], _ offset: Int,
        _ body: (Int, UnsafeRawBufferPointer) -> Void
    ) {
        unsafe pattern.withUnsafeBytes { pattern in
            var position = 0
            var start = offset % pattern.count
            while position < byteCount {
                let length = min(pattern.count - start, byteCount - position)
                unsafe body(
                    position, UnsafeRawBufferPointer(rebasing: pattern[start..<(start + length)]))
                position += length
                start = 0
            }
        }
    }
}
