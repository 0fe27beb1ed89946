/// What a process may use of something, as `/proc/PID/limits` tells it.
package struct ResourceLimit: Sendable, Hashable {
    /// As the kernel counts "no limit".
    package static let unlimited = UInt64.max

    package var soft: UInt64
    package var hard: UInt64

    package init(soft: UInt64, hard: UInt64) {
        (self.soft, self.hard) = (soft, hard)
    }

    /// Reads the row of this name; nil where there is none.
    package init?(_ name: String, in limits: String) {
        let row = limits.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        guard let words = row?.dropFirst(name.count).split(separator: " "), words.count >= 2,
            let soft = Self.number(words[0]), let hard = Self.number(words[1])
        else { return nil }
        (self.soft, self.hard) = (soft, hard)
    }

    /// Reads what units of systemd set: `infinity`, a number with K, M, G or T, or `soft:hard`.
    package init?(unit value: Substring) {
        let numbers = value.split(separator: ":").map(Self.unitNumber)
        guard (1...2).contains(numbers.count), let soft = numbers[0],
            let hard = numbers[numbers.count - 1]
        else { return nil }
        (self.soft, self.hard) = (soft, hard)
    }

    private static func number(_ word: Substring) -> UInt64? {
        word == "unlimited" ? unlimited : UInt64(word)
    }

    private static func unitNumber(_ word: Substring) -> UInt64? {
        if word == "infinity" { return unlimited }
        let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = word.last.flatMap { shifts[$0] }
        guard let number = UInt64(shift == nil ? word : word.dropLast()) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        return overflow ? unlimited : product
    }

    /// `8 MiB`, `no limit`
    static func text(ofBytes limit: UInt64) -> String {
        limit == unlimited ? "no limit" : Quantity.bytes(limit)
    }

    static func text(ofCount limit: UInt64) -> String {
        limit == unlimited ? "no limit" : "\(limit)"
    }
}
