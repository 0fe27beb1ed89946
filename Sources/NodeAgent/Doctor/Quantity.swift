/// Numbers with their units, short, for findings.
package enum Quantity {
    /// In powers of 1024: `8 MiB`, `1.5 GiB`.
    static func bytes(_ count: UInt64) -> String {
        text(Double(count), step: 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
    }

    /// In powers of 1000: `400 Gbit/s`.
    static func bitsPerSecond(_ rate: Int) -> String {
        text(Double(rate), step: 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
    }

    private static func text(_ number: Double, step: Double, _ units: [String]) -> String {
        var (value, unit) = (number, 0)
        while value >= step, unit < units.count - 1 {
            value /= step
            unit += 1
        }
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded()
            ? "\(Int(tenths)) \(units[unit])" : "\(tenths) \(units[unit])"
    }

    /// `1 port`, `2 ports`.
    package static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
