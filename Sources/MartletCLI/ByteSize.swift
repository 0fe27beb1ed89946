/// Byte counts as people write them.
enum ByteSize {
    /// No machine has more.
    static let limit = 1 << 48
    /// What a complaint says that a size looks like.
    static let examples = "8, 64K, 1.5MiB or 2G"

    /// A number of bytes, with K, M, G or T for powers of 1024, as for nccl-tests, and B or iB behind
    /// those for whoever likes them; nil for anything else, and for parts of a byte.
    static func parse(_ text: String) -> Int? {
        var digits = text[...]
        let unit = digits.lastIndex { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let unit else { return nil }
        let suffix = digits[digits.index(after: unit)...].lowercased()
        digits = digits[...unit]
        // Double also reads "inf", "nan" and "0x10".
        guard let shift = shifts[suffix],
            digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let value = Double(digits)
        else { return nil }
        let byteCount = value * Double(1 << shift)
        guard byteCount <= Double(limit) else { return nil }
        return Int(exactly: byteCount)
    }

    private static let shifts: [String: Int] = [
        "": 0, "b": 0,
        "k": 10, "kb": 10, "kib": 10,
        "m": 20, "mb": 20, "mib": 20,
        "g": 30, "gb": 30, "gib": 30,
        "t": 40, "tb": 40, "tib": 40,
    ]

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
