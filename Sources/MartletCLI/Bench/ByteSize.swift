import Glibc

/// Byte counts as people write them.
enum ByteSize {
    /// `8`, `64K`, `1.5M`, `2G`: as for nccl-tests, K is 1024.
    static func parse(_ text: String) -> Int? {
        guard let last = text.last else { return nil }
        let shift =
            switch last {
            case "k", "K": 10
            case "m", "M": 20
            case "g", "G": 30
            default: 0
            }
        let digits = shift == 0 ? text[...] : text.dropLast()
        // Double also reads "inf", "nan" and "0x10".
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let value = Double(digits)
        else { return nil }
        let byteCount = value * Double(1 << shift)
        guard byteCount <= Double(1 << 48) else { return nil }
        return Int(byteCount)
    }

    /// Short and exact where it can be: `8 B`, `64 KiB`, `1.5 GiB`.
    static func describe(_ byteCount: Int) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where byteCount >= 1 << shift {
            let whole = byteCount >> shift
            if whole << shift == byteCount { return "\(whole) \(unit)" }
            return "\(fixed(Double(byteCount) / Double(1 << shift), 1)) \(unit)"
        }
        return "\(byteCount) B"
    }
}

/// A number with so many digits behind the point, as printf's %f.
func fixed(_ value: Double, _ digits: Int) -> String {
    var buffer = [CChar](repeating: 0, count: 400)
    _ = unsafe withVaList([Int32(digits), value]) { arguments in
        unsafe vsnprintf(&buffer, buffer.count, "%.*f", arguments)
    }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

extension String {
    /// Filled up with spaces in front.
    func right(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    /// Filled up with spaces behind.
    func left(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
