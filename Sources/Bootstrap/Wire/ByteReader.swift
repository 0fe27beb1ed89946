/// Reads little-endian fields from bytes that nobody has checked yet: whatever is missing is nil.
package struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    package var remainingByteCount: Int { bytes.endIndex - position }

    package mutating func read<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value?
    {
        let count = MemoryLayout<Value>.size
        guard let field = readBytes(count: count) else { return nil }
        return field.reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }

    package mutating func readBytes(count: Int) -> [UInt8]? {
        guard count >= 0, count <= remainingByteCount else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A text behind its byte count (16 bits).
    mutating func readText(limit: Int) -> String? {
        guard let count = read(UInt16.self), Int(count) <= limit,
            let bytes = readBytes(count: Int(count))
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension [UInt8] {
    package mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
        var rest = value
        for _ in 0..<MemoryLayout<Value>.size {
            append(UInt8(truncatingIfNeeded: rest))
            rest = MemoryLayout<Value>.size == 1 ? 0 : rest >> 8
        }
    }

    /// A text behind its byte count, cut to `limit` bytes.
    mutating func append(text: String, limit: Int) {
        let cut = text.cut(toByteCount: limit)
        append(littleEndian: UInt16(cut.utf8.count))
        append(contentsOf: cut.utf8)
    }
}
