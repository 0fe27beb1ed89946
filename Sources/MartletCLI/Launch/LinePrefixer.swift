import Glibc

/// Cuts what a rank writes into whole lines and marks each with its rank.
///
/// Bytes pass unchanged, whatever they are. Only a line longer than the limit, which would need
/// memory without bound, is cut: it goes on in a line of its own, marked by a plus sign.
struct LinePrefixer {
    static let lineByteLimit = 64 << 10

    /// Empty: nothing is added at all, neither marks nor line ends.
    private let prefix: [UInt8]
    private let continuation: [UInt8]
    private let limit: Int
    /// The beginning of a line whose end has not come.
    private var pending: [UInt8] = []
    private var continues = false

    /// - Parameter label: what stands between the brackets; nil leaves lines as they are.
    init(label: String?, color: Int? = nil, lineByteLimit: Int = Self.lineByteLimit) {
        limit = lineByteLimit
        guard let label else {
            prefix = []
            continuation = []
            return
        }
        let (on, off) = color.map { ("\u{1b}[\($0)m", "\u{1b}[0m") } ?? ("", "")
        prefix = Array("\(on)[\(label)]\(off) ".utf8)
        continuation = Array("\(on)[\(label)]+\(off) ".utf8)
    }

    /// Appends the lines that these bytes complete.
    mutating func consume(_ bytes: [UInt8], into output: inout [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe consume($0, into: &output) }
    }

    /// The same, of lent memory.
    mutating func consume(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var start = 0
        while let end = unsafe Self.lineEnd(in: bytes, from: start) {
            unsafe emit(bytes[start..<end], into: &output)
            continues = false
            start = end
        }
        unsafe pending.append(contentsOf: bytes[start...])
        while pending.count >= limit {
            let kept = Array(pending.dropFirst(limit))
            pending.removeSubrange(limit...)
            emit([], into: &output)
            endLine(into: &output)
            continues = true
            pending = kept
        }
    }

    /// Appends the last line, which has no end.
    mutating func finish(into output: inout [UInt8]) {
        guard !pending.isEmpty else { return }
        emit([], into: &output)
        endLine(into: &output)
    }

    /// Behind the next line feed.
    private static func lineEnd(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = unsafe memchr(base + start, 0x0a, bytes.count - start)
        else { return nil }
        return unsafe UnsafeRawPointer(found) - base + 1
    }

    private mutating func emit(_ text: some Collection<UInt8>, into output: inout [UInt8]) {
        output.append(contentsOf: continues ? continuation : prefix)
        if !pending.isEmpty {
            output.append(contentsOf: pending)
            pending.removeAll(keepingCapacity: pending.capacity <= limit)
        }
        output.append(contentsOf: text)
    }

    private func endLine(into output: inout [UInt8]) {
        if !prefix.isEmpty { output.append(UInt8(ascii: "\n")) }
    }
}
