/// The lines of nccl-tests, with ours behind: whoever reads nccl-tests' columns by position reads
/// these too.
struct BenchTable {
    /// The three lines above the results.
    static var header: [String] {
        let form = "time".right(8) + "algbw".right(8) + "busbw".right(8) + "#wrong".right(7)
        let units = "(us)".right(8) + "(GB/s)".right(8) + "(GB/s)".right(8) + "".right(7)
        let more = "p50".right(9) + "p99".right(9)
        let moreUnits = "(us)".right(9) + "(us)".right(9)
        let titles = ["size", "count", "type", "redop", "root"]
        let titleUnits = ["(B)", "(elements)", "", "", ""]
        let places =
            "out-of-place".center(31) + "in-place".center(31) + "out-of-place".center(18)
            + "in-place".center(18)
        return [
            "#" + columns(["", "", "", "", ""]).dropFirst() + places,
            "#" + columns(titles).dropFirst() + form + form + more + more
                + "  " + "algorithm".left(23) + "transport",
            "#" + columns(titleUnits).dropFirst() + units + units + moreUnits + moreUnits,
        ].map { $0.trimmedRight() }
    }

    /// - Parameter namesChoice: whether `auto` stands in front of an algorithm that was not asked for,
    ///   because lines of others stand beside it.
    static func line(_ result: BenchResult, namesChoice: Bool = false) -> String {
        let benchCase = result.benchCase
        let forms = [result.outOfPlace, result.inPlace]
        let isChoice = namesChoice && benchCase.algorithm == nil
        let algorithm = (isChoice ? "auto:" : "") + result.algorithm
        return columns([
            String(benchCase.byteCount), String(benchCase.count), benchCase.type.benchName,
            benchCase.operationName, benchCase.rootName,
        ]) + forms.map(measures).joined() + forms.map(percentiles).joined() + "  "
            + algorithm.left(23) + result.transport
    }

    /// nccl-tests' last lines, without its peculiar spacing of the values.
    static func footer(_ results: [BenchResult]) -> [String] {
        let forms = results.flatMap(\.forms)
        let isChecked = forms.contains { $0.wrongCount != nil }
        let wrong = results.reduce(0) { $0 + $1.wrongCount }
        let verdict = isChecked ? "\(wrong) \(wrong == 0 ? "OK" : "FAILED")" : "not checked"
        let bus = forms.map(\.bandwidth.bus)
        let mean = bus.isEmpty ? 0 : bus.reduce(0, +) / Double(bus.count)
        return [
            "# Out of bounds values : \(verdict)", "# Avg bus bandwidth    : \(fixed(mean, 6))",
            "#",
        ]
    }

    private static func measures(_ form: BenchResult.Form?) -> String {
        guard let form else {
            return ["N/A", "N/A", "N/A"].map { $0.right(8) }.joined() + "N/A".right(7)
        }
        return time(form.time).right(8) + fixed(form.bandwidth.algorithm, 2).right(8)
            + fixed(form.bandwidth.bus, 2).right(8)
            + (form.wrongCount.map { String($0) } ?? "N/A").right(7)
    }

    private static func percentiles(_ form: BenchResult.Form?) -> String {
        guard let form else { return "N/A".right(9) + "N/A".right(9) }
        return time(form.statistics.median).right(9)
            + time(form.statistics.percentile99).right(9)
    }

    /// Fewer digits behind the point the larger it is, as nccl-tests does.
    static func time(_ microseconds: Double) -> String {
        fixed(microseconds, microseconds >= 10_000 ? 0 : microseconds >= 100 ? 1 : 2)
    }

    private static func columns(_ texts: [String]) -> String {
        zip(texts, [13, 14, 10, 8, 8]).map { $0.right($1) }.joined()
    }
}

extension String {
    /// Between spaces.
    fileprivate func center(_ width: Int) -> String {
        let free = max(0, width - count)
        return String(repeating: " ", count: free / 2) + self
            + String(repeating: " ", count: free - free / 2)
    }

    fileprivate func trimmedRight() -> String {
        var text = self[...]
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
