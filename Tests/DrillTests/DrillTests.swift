import Drills
import Testing

/// The contract between real processes: a seeded sample of what `scripts/drills --full` covers.
/// Each prints its seed; `scripts/drills --seed N NAME` repeats it.
@Suite(.serialized) struct DrillTests {
    @Test func `a rank that dies is blamed by all within the contract's times`() {
        expectAllPassed("death")
    }

    @Test func `ranks that disagree all learn on what`() {
        expectAllPassed("mismatch")
    }

    @Test func `aborts, departures and silent exits end the calls of all`() {
        expectAllPassed("abort")
    }

    @Test func `strangers do no harm to a running job`() {
        expectAllPassed("strangers")
    }

    @Test func `joining and leaving again and again leaves nothing behind`() {
        expectAllPassed("leak")
    }

    @Test func `many more ranks than cores meet and reduce`() {
        expectAllPassed("crowd")
    }

    private func expectAllPassed(_ name: String) {
        var plan = Drills.Plan()
        plan.names = [name]
        let findings = Drills.run(plan)
        print("seed \(plan.seed)\n\(Matrix(findings))")
        #expect(!findings.isEmpty)
        for finding in findings {
            #expect(finding.passed, "\(finding.cell), seed \(plan.seed): \(finding.problems)")
        }
    }
}
