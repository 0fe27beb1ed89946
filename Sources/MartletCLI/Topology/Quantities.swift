/// Sizes in powers of 1024, as memory is sold: `31.9 GiB`.
enum BinarySize {
    static func text(_ byteCount: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(byteCount)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        // Whole numbers and large ones without a point.
        let digits = value == value.rounded(.down) || value >= 100 ? 0 : 1
        return "\(fixed(value, digits)) \(units[unit])"
    }
}

/// Rates in powers of 1000, as links are sold.
enum DecimalRate {
    static func bits(_ bitsPerSecond: Int) -> String {
        text(bitsPerSecond, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
    }

    static func bytes(_ bytesPerSecond: Int) -> String {
        text(bytesPerSecond, ["B/s", "kB/s", "MB/s", "GB/s", "TB/s"])
    }

    private static func text(_ rate: Int, _ units: [String]) -> String {
        var value = Double(rate)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let digits = value == value.rounded(.down) || value >= 100 ? 0 : 1
        return "\(fixed(value, digits)) \(units[unit])"
    }
}
