import NodeAgent

/// Findings for people: one line each, and below what is wrong its evidence and remedy.
struct DoctorText {
    let report: DoctorReport

    init(_ report: DoctorReport) {
        self.report = report
    }

    var text: String {
        let lines = report.findings.flatMap(lines) + [summary]
        return lines.map { $0 + "\n" }.joined()
    }

    /// `warning  mtu            eth0 has 1500 bytes, most other nodes 9000`
    private func lines(_ finding: Finding) -> [String] {
        let name = finding.check.rawValue.left(Self.nameWidth)
        let first = "\(finding.severity.rawValue.left(8)) \(name) "
        var lines = Self.wrapped(finding.summary, first: first, indent: first.count)
        guard finding.severity != .ok else { return lines }
        for evidence in finding.evidence {
            lines += Self.wrapped(evidence, first: Self.margin + "seen: ", indent: 15)
        }
        if let remedy = finding.remedy {
            lines += Self.wrapped(remedy, first: Self.margin + "do:   ", indent: 15)
        }
        return lines
    }

    private static let nameWidth = DoctorCheck.allCases.map(\.rawValue.count).max() ?? 0
    private static let margin = String(repeating: " ", count: 9)
    private static let width = 100

    private static func wrapped(_ text: String, first: String, indent: Int) -> [String] {
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in text.split(separator: " ") {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return lines + [line]
    }

    private var summary: String {
        func counted(_ severity: Finding.Severity, _ noun: String) -> String {
            Quantity.count(report.count(severity), noun)
        }
        let parts = [
            "\(report.count(.ok)) fine", counted(.warning, "warning"), counted(.error, "error"),
            "\(report.count(.unknown)) unknown",
        ]
        return "\n" + parts.joined(separator: ", ")
    }
}
