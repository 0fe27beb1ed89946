/// What one cell of a drill showed.
package struct Finding: Sendable {
    package var drill: String
    package var row: String
    package var column: String
    /// What to give to `--cell` to see it again.
    package var cell: String
    /// What was not as the contract says; empty where all was.
    package var problems: [String] = []
    /// The longest that somebody waited for the outcome, where that is what is measured.
    package var milliseconds: Double?
    /// A figure for people.
    package var note = ""

    package var passed: Bool { problems.isEmpty }
}

/// Cells by row and column: how many passed, and the worst time.
package struct Matrix: CustomStringConvertible {
    private let findings: [Finding]

    package init(_ findings: [Finding]) {
        self.findings = findings
    }

    package var description: String {
        var drills: [String] = []
        for finding in findings where !drills.contains(finding.drill) {
            drills.append(finding.drill)
        }
        return drills.map(table).joined(separator: "\n\n") + problems
    }

    private func table(_ drill: String) -> String {
        let cells = findings.filter { $0.drill == drill }
        var rows: [String] = []
        var columns: [String] = []
        for cell in cells {
            if !rows.contains(cell.row) { rows.append(cell.row) }
            if !columns.contains(cell.column) { columns.append(cell.column) }
        }
        let lines = rows.map { row in
            [row] + columns.map { column in summary(cells, row, column) }
        }
        return "\(drill): passed/tried, worst ms\n" + Self.aligned([[""] + columns] + lines)
            + cells.filter { !$0.note.isEmpty }.map { "\n  \($0.cell): \($0.note)" }.joined()
    }

    private func summary(_ cells: [Finding], _ row: String, _ column: String) -> String {
        let here = cells.filter { $0.row == row && $0.column == column }
        guard !here.isEmpty else { return "-" }
        let worst = here.compactMap(\.milliseconds).max().map { " \(Int($0.rounded(.up)))" } ?? ""
        let passed = here.count { $0.passed }
        return "\(passed == here.count ? "" : "FAILED ")\(passed)/\(here.count)\(worst)"
    }

    private static func aligned(_ lines: [[String]]) -> String {
        let widths = (lines.first ?? []).indices.map { column in
            lines.map { $0[column].count }.max() ?? 0
        }
        return lines.map { line in
            "  "
                + zip(line, widths).map { text, width in
                    text + String(repeating: " ", count: width - text.count)
                }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private var problems: String {
        findings.filter { !$0.passed }.map { finding in
            "\n\nFAILED \(finding.cell)\n"
                + finding.problems.map { "    \($0)" }.joined(separator: "\n")
        }.joined()
    }
}
