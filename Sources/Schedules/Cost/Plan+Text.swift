extension Plan {
    /// The plan as text: a line for each fact, `#` begins a comment. It reads back to an equal plan.
    ///
    /// ```
    /// martlet-plan 1
    /// ranks 4
    /// local-latency-nanoseconds 3500
    /// order 0 2 / 1 3
    /// use all-reduce 0...65536 direct
    /// use all-reduce 65537... ring
    /// ```
    public var text: String {
        var lines = ["martlet-plan \(Plan.version)", "ranks \(rankCount)"]
        lines += Plan.fields.map { "\($0.name) \(table[keyPath: $0.path])" }
        if let order { lines.append("order \(order)") }
        lines += rules.map(\.text)
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads a plan that ``text`` wrote, or a person. Refuses what it does not know.
    public init(text: String) throws(PlanError) {
        var parser = PlanParser()
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() { try parser.read(line, number: index + 1) }
        self = try parser.finish(lineCount: lines.count)
    }

    typealias Field = (name: String, path: WritableKeyPath<CostTable, Int>, minimum: Int)

    /// The lines of the table, in the order in which they are written.
    static var fields: [Field] {
        [
            ("local-latency-nanoseconds", \.local.latencyNanoseconds, 0),
            ("local-picoseconds-per-byte", \.local.picosecondsPerByte, 0),
            ("remote-latency-nanoseconds", \.remote.latencyNanoseconds, 0),
            ("remote-picoseconds-per-byte", \.remote.picosecondsPerByte, 0),
            ("message-nanoseconds", \.messageNanoseconds, 0),
            ("copy-picoseconds-per-byte", \.copyPicosecondsPerByte, 0),
            ("reduce-picoseconds-per-byte", \.reducePicosecondsPerByte, 0),
            ("switch-nanoseconds", \.switchNanoseconds, 0),
            ("segment-bytes", \.segmentByteCount, 1),
            ("ranks-per-host", \.ranksPerHost, 1),
            ("cores-per-host", \.coresPerHost, 1),
        ]
    }
}

extension Plan.Rule {
    /// The rule as a line of a plan.
    var text: String {
        let upper = byteCounts.upperBound == Int.max ? "" : "\(byteCounts.upperBound)"
        return "use \(collective.name) \(byteCounts.lowerBound)...\(upper) \(algorithm.name)"
    }
}
