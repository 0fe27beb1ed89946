extension String {
    /// The text in front of the first zero of a buffer that C filled.
    package init(terminated buffer: [CChar]) {
        self.init(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Two lower-case digits for each byte.
    package init(hexadecimal bytes: [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        self.init(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}

extension Double {
    /// `30` rather than `30.0`.
    package var plain: String {
        let text = String(self)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
