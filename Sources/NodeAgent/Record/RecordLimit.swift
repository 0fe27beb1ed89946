/// Keeps a record small enough. What helps least to place work goes first, and the record says so.
enum RecordLimit {
    /// Incarnation, generation and hash come later: so many bytes at most.
    private static let stampByteCount = 128

    /// Takes something out.
    struct Cut {
        var text: String
        var apply: (inout NodeRecord) -> Void
    }

    /// - Throws: `.invalidValue` when nothing that may be left out is left, and it is still too
    ///   large: names and sets of processors of several KiB.
    static func shorten(_ record: inout NodeRecord) throws(AgentError) {
        for cut in cuts {
            if try byteCount(record) <= NodeRecord.byteLimit { return }
            take(cut, from: &record)
        }
        for list in lists {
            if try byteCount(record) <= NodeRecord.byteLimit { return }
            try shorten(list, of: &record)
        }
        let count = try byteCount(record)
        guard count <= NodeRecord.byteLimit else {
            throw AgentError(
                .invalidValue,
                "the record takes \(count) bytes, more than \(NodeRecord.byteLimit), with all"
                    + " left out that may be")
        }
    }

    /// Leaves as much of a list as there is room for.
    private static func shorten(
        _ list: List, of record: inout NodeRecord
    ) throws(AgentError) {
        let count = list.count(record)
        // The number of entries that fits grows with nothing, so halving finds it.
        var (fitting, tooMany) = (0, count)
        while tooMany - fitting > 1 {
            let middle = (fitting + tooMany) / 2
            var tried = record
            take(list.cut(middle, of: count), from: &tried)
            if try byteCount(tried) <= NodeRecord.byteLimit {
                fitting = middle
            } else {
                tooMany = middle
            }
        }
        if count > 0 { take(list.cut(fitting, of: count), from: &record) }
    }

    private static func take(_ cut: Cut, from record: inout NodeRecord) {
        let before = record
        cut.apply(&record)
        if record != before { record.dropped = (record.dropped ?? []) + [cut.text] }
    }

    private static func byteCount(_ record: NodeRecord) throws(AgentError) -> Int {
        try CanonicalJSON.encode(record).count + stampByteCount
    }
}
