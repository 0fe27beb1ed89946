import Foundation
import Platform
import Testing

@testable import NodeAgent

@Suite struct DoctorReportTests {
    private static let ok = Finding.ok(.gids, "fine")
    private static let unknown = Finding.unknown(.pci, "not known")
    private static let warning = Finding.warning(.mtu, "small", ["1500"], remedy: "more")
    private static let error = Finding.error(.memlock, "none", ["64 KiB"], remedy: "infinity")

    private func report(_ findings: [Finding]) -> DoctorReport {
        DoctorReport(hostname: "host", time: Timestamp(milliseconds: 0), findings: findings)
    }

    @Test func `the worst finding decides, and what is unknown does not count`() {
        #expect(report([Self.ok, Self.unknown]).exitStatus == 0)
        #expect(report([Self.ok, Self.warning, Self.unknown]).exitStatus == 1)
        #expect(report([Self.error, Self.warning]).exitStatus == 2)
    }

    @Test func `JSON has the documented keys`() throws {
        let text = report([Self.error, Self.unknown]).json.text
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(
            Set(object.keys) == [
                "schemaVersion", "version", "hostname", "time", "exitStatus", "counts", "findings",
            ])
        #expect(object["exitStatus"] as? Int == 2)
        let counts = ["ok": 0, "warning": 0, "error": 1, "unknown": 1]
        #expect(object["counts"] as? [String: Int] == counts)
        let findings = try #require(object["findings"] as? [[String: Any]])
        #expect(
            Set(findings[0].keys) == ["check", "severity", "summary", "evidence", "remedy"])
        #expect(findings[1]["remedy"] == nil)
    }

    @Test func `every check answers on this host, with a remedy for all that is wrong`() async {
        let surroundings = Doctor.Surroundings(controlPlane: .notConfigured("a test"))
        let report = await Doctor(surroundings).report()
        #expect(Set(report.findings.map(\.check)) == Set(DoctorCheck.allCases))
        for finding in report.findings {
            let isWrong = finding.severity == .error || finding.severity == .warning
            #expect((finding.remedy != nil) == isWrong, "\(finding)")
            #expect(!isWrong || !finding.evidence.isEmpty, "\(finding)")
        }
    }

    @Test func `an empty host is unknown or fine, and breaks nothing`() async throws {
        let host = try RecordedHost()
        var doctor = Doctor(Doctor.Surroundings(controlPlane: .notConfigured("a test")))
        doctor.files = host.files
        let checks = DoctorCheck.allCases.filter { $0 != .machineId }
        let report = await doctor.report(checks)
        #expect(report.count(.error) == 0, "\(report.findings)")
    }

    @Test func `the page describes every check and no other`() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let text = try String(contentsOfFile: "\(root)/docs/doctor.md", encoding: .utf8)
        let section = text.split(separator: "\n## ").first { $0.hasPrefix("Checks") } ?? ""
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .compactMap { $0.split(separator: "`").dropFirst().first }.map(String.init)
        #expect(rows == DoctorCheck.allCases.map(\.rawValue))
    }
}
