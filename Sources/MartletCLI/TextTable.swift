/// Rows whose columns are as wide as what stands in them.
struct TextTable {
    private var rows: [[String]] = []

    mutating func add(_ row: [String]) {
        rows.append(row)
    }

    static let width = 100

    /// Indented; the last column is not filled up, and shortened where a line would be too long.
    var lines: [String] {
        let columnCount = rows.map(\.count).max() ?? 0
        let widths = (0..<columnCount).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = "  " + zip(row, widths).map { $0.left($1) }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line.count > Self.width ? line.prefix(Self.width - 3) + "..." : line
        }
    }
}
