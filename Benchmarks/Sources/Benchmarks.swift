import Platform

/// Prints every figure beside its threshold: `benchmarks THRESHOLDS`. Exit status 1 where a figure is
/// above, or has none.
@main struct Benchmarks {
    static func main() {
        guard CommandLine.arguments.count == 2 else {
            print("usage: benchmarks THRESHOLDS")
            Host.exit(64)
        }
        do {
            let thresholds = try Thresholds(path: CommandLine.arguments[1])
            let figures =
                try KernelFigures.all() + LinkFigures.all() + ExecutorFigures.all()
            let missed = figures.filter { !show($0, thresholds.limit(of: $0.name)) }
            print("\(figures.count) figures, \(missed.count) above their thresholds")
            Host.exit(missed.isEmpty ? 0 : 1)
        } catch {
            print("benchmarks: \(error)")
            Host.exit(2)
        }
    }

    private static func show(_ figure: Figure, _ limit: Double?) -> Bool {
        let isKept = limit.map { figure.value <= $0 } ?? false
        let bar = limit.map { "at most \($0)" } ?? "no threshold"
        print(
            "\(isKept ? "ok    " : "ABOVE ") \(figure.name) \(rounded(figure.value)) \(figure.unit)"
                + " (\(bar))")
        return isKept
    }

    private static func rounded(_ value: Double) -> Double {
        (value * 100).rounded() / 100
    }
}
