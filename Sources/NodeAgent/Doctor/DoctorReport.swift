package import Platform

/// All that `martlet doctor` found.
package struct DoctorReport: Sendable {
    package var hostname: String
    package var time: Timestamp
    package var findings: [Finding]

    package init(hostname: String, time: Timestamp, findings: [Finding]) {
        self.hostname = hostname
        self.time = time
        self.findings = findings
    }

    package func count(_ severity: Finding.Severity) -> Int {
        findings.count { $0.severity == severity }
    }

    /// 0 when nothing is wrong, 1 with warnings, 2 with errors; what is unknown does not count.
    package var exitStatus: Int32 {
        if count(.error) > 0 { return 2 }
        return count(.warning) > 0 ? 1 : 0
    }

    package var summary: NodeRecord.DoctorSummary {
        NodeRecord.DoctorSummary(
            okCount: count(.ok), warningCount: count(.warning), failureCount: count(.error))
    }

    /// The object that docs/doctor.md describes.
    package var json: JSONValue {
        .object([
            ("schemaVersion", .integer(1)),
            ("version", .string(martletVersion)),
            ("hostname", .string(hostname)),
            ("time", .string("\(time)")),
            ("exitStatus", .integer(Int(exitStatus))),
            (
                "counts",
                .object(Finding.Severity.allCases.map { ($0.rawValue, .integer(count($0))) })
            ),
            ("findings", .array(findings.map(\.json))),
        ])
    }
}

extension Finding {
    fileprivate var json: JSONValue {
        .present([
            ("check", .string(check.rawValue)),
            ("severity", .string(severity.rawValue)),
            ("summary", .string(summary)),
            ("evidence", .array(evidence.map(JSONValue.string))),
            ("remedy", remedy.map(JSONValue.string)),
        ])
    }
}
