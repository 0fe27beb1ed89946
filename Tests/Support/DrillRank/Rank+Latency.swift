import Martlet
import Platform

extension Rank {
    /// Repeats an all-reduce of 8 bytes through a number of windows of time and tells the
    /// quantiles of each window. Rank 0 keeps the time; the sum tells the others when it is over.
    func latency(_ step: ScriptStep) {
        guard let current else { return }
        let windowCount = step.number("windows", default: 40)
        let width = UInt64(step.number("milliseconds", default: 500)) * 1_000_000
        var windows = [[UInt32]](repeating: [], count: windowCount)
        let first = Clock.nowNanoseconds()
        report.write("windows", [("first", "\(first)")])
        var start = first
        var isOver = false
        while !isOver {
            var window = Int((start - first) / width)
            let mayEnd = current.rank == 0 && window >= windowCount
            var sum: [Int64] = [mayEnd ? 1 : 0]
            do {
                try current.allReduce(&sum, .sum)
            } catch {
                return report.outcome("latency", since: start, error)
            }
            let end = Clock.nowNanoseconds()
            isOver = sum[0] > 0
            window = min(window, windowCount - 1)
            if !isOver { windows[window].append(UInt32(clamping: end - start)) }
            start = end
        }
        for (index, window) in windows.enumerated() { write(window, index) }
        report.outcome("latency", since: first, nil)
    }

    private func write(_ latencies: [UInt32], _ index: Int) {
        let sorted = latencies.sorted()
        guard !sorted.isEmpty else { return report.write("window", [("index", "\(index)")]) }
        func quantile(_ part: Double) -> String {
            "\(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))])"
        }
        report.write(
            "window",
            [
                ("index", "\(index)"), ("count", "\(sorted.count)"), ("p50", quantile(0.5)),
                ("p99", quantile(0.99)), ("worst", quantile(1)),
            ])
    }
}
