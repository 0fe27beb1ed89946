import Glibc

/// Where values lie along an axis.
struct PlotScale {
    /// The values at the two ends.
    var low: Double
    var high: Double
    var isLogarithmic: Bool
    /// The coordinates of the two ends.
    var start: Double
    var end: Double

    func position(of value: Double) -> Double {
        let share =
            isLogarithmic
            ? log2(value / low) / log2(high / low) : (value - low) / (high - low)
        return start + share * (end - start)
    }
}

/// A value that an axis names.
struct PlotTick: Equatable {
    var value: Double
    var label: String
}

// MARK: - Sizes

extension PlotScale {
    /// Sizes from the smallest to the largest, with at least two powers of two among them.
    static func sizes(_ byteCounts: [Int], from start: Double, to end: Double) -> PlotScale {
        let least = Double(max(1, byteCounts.min() ?? 1))
        let most = Double(max(1, byteCounts.max() ?? 1))
        var (low, high) = (least, most)
        if ceil(log2(low)) >= floor(log2(high)) {
            low = exp2(floor(log2(low)))
            high = exp2(max(ceil(log2(high)), log2(low) + 1))
            // A single size stands in the middle.
            if least == most && least == low { low /= 2 }
        }
        return PlotScale(low: low, high: high, isLogarithmic: true, start: start, end: end)
    }

    /// Powers of two whose names have room beside each other: as many of the measured sizes as can
    /// be, and then as many as can be.
    func sizeTicks(_ byteCounts: [Int], labelWidth: Double) -> [PlotTick] {
        let measured = Set(byteCounts.map(Double.init))
        let exponents = Int(ceil(log2(low) - 1e-9))...Int(floor(log2(high) + 1e-9))
        let room = abs(end - start) / log2(high / low)
        let least = max(1, Int((labelWidth / room).rounded(.up)))
        var best: (score: Int, exponents: [Int]) = (-1, [])
        // Beyond twice the least distance, hits would be bought with emptiness.
        for step in least...(2 * least) {
            for offset in 0..<step {
                let chosen = exponents.filter { ($0 - offset).isMultiple(of: step) }
                let hits = chosen.count { measured.contains(exp2(Double($0))) }
                let score = 3 * hits + chosen.count
                if score > best.score { best = (score, chosen) }
            }
        }
        return best.exponents.map { exponent in
            PlotTick(
                value: exp2(Double(exponent)),
                label: exponent < 0 ? "" : ByteSize.describe(1 << exponent))
        }
    }
}

// MARK: - Times

extension PlotScale {
    /// Microseconds, between 1, 2 and 5 times powers of ten around all values.
    static func times(_ values: [Double], from start: Double, to end: Double) -> PlotScale {
        let steps = decimalSteps(values.min() ?? 1, values.max() ?? 1, of: [1, 2, 5])
        let low = steps.last { $0 <= (values.min() ?? 1) * 0.999 } ?? steps[0]
        let high = steps.first { $0 >= (values.max() ?? 1) * 1.001 } ?? steps[steps.count - 1]
        return PlotScale(low: low, high: high, isLogarithmic: true, start: start, end: end)
    }

    /// The powers of ten; 2 and 5 times them too where they are few.
    var timeTicks: [PlotTick] {
        let factors = log10(high / low) <= 2.6 ? [1.0, 2, 5] : [1.0]
        return Self.decimalSteps(low, high, of: factors)
            .filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
            .map { PlotTick(value: $0, label: Self.time($0)) }
    }

    /// From below the least to above the most.
    private static func decimalSteps(
        _ least: Double, _ most: Double, of factors: [Double]
    ) -> [Double] {
        let exponents = Int(floor(log10(least))) - 1...Int(ceil(log10(most))) + 1
        return exponents.flatMap { exponent in factors.map { $0 * pow(10, Double(exponent)) } }
    }

    /// With three digits, in the unit that suits: `8.54 µs`, `27.8 µs`, `149 ms`.
    static func time(_ microseconds: Double) -> String {
        let units: [(Double, String)] = [(1e6, "s"), (1e3, "ms"), (1, "µs"), (1e-3, "ns")]
        let (size, unit) = units.first { microseconds >= $0.0 * 0.9995 } ?? (1e-3, "ns")
        return "\(digits(microseconds / size)) \(unit)"
    }

    /// Three digits that count, zeros at the end left out.
    static func digits(_ value: Double) -> String {
        let behind = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
        var text = fixed(value, behind)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

// MARK: - Rates

extension PlotScale {
    /// A unit of bytes per second in which the largest of all rates is 1 or more.
    struct RateUnit: Equatable {
        var bytesPerSecond: Double
        var name: String

        init(for most: Double) {
            let units = [(1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s")]
            let found = units.first { most >= $0.0 } ?? (most > 0 ? (1, "B/s") : units[0])
            (bytesPerSecond, name) = found
        }
    }

    /// From 0 to a round number above all values, and round numbers on the way there.
    static func rates(
        _ values: [Double], from start: Double, to end: Double
    ) -> (scale: PlotScale, ticks: [PlotTick]) {
        let most = max(values.max() ?? 0, 0)
        let step = most > 0 ? roundStep(most) : 1
        let count = max(1, Int(ceil(most * 1.001 / step)))
        let scale = PlotScale(
            low: 0, high: Double(count) * step, isLogarithmic: false, start: start, end: end)
        let ticks = (0...count).map { index in
            PlotTick(value: Double(index) * step, label: digits(Double(index) * step))
        }
        return (scale, ticks)
    }

    /// 1, 2, 2.5 or 5 times a power of ten that goes three to seven times into a value.
    private static func roundStep(_ most: Double) -> Double {
        let power = pow(10, floor(log10(most)) - 1)
        let steps = [1.0, 2, 2.5, 5, 10, 20].map { $0 * power }
        return steps.first { most / $0 <= 6.5 } ?? power
    }
}
