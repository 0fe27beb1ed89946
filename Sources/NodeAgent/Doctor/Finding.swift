/// One thing that `martlet doctor` found out about this host.
package struct Finding: Sendable, Hashable {
    package enum Severity: String, Sendable, CaseIterable {
        case ok
        /// Jobs run, but slower or less safely than they could.
        case warning
        /// Jobs, or the agent, will fail.
        case error
        /// It could not be found out; the summary says why. That is no failure.
        case unknown
    }

    package var check: DoctorCheck
    package var severity: Severity
    /// What is the case, in one line without a full stop.
    package var summary: String
    /// Where it was seen, and what stands there.
    package var evidence: [String]
    /// What to do about a warning or an error.
    package var remedy: String?

    static func ok(_ check: DoctorCheck, _ summary: String, _ evidence: [String] = []) -> Finding {
        Finding(check: check, severity: .ok, summary: summary, evidence: evidence)
    }

    static func unknown(
        _ check: DoctorCheck, _ summary: String, _ evidence: [String] = []
    ) -> Finding {
        Finding(check: check, severity: .unknown, summary: summary, evidence: evidence)
    }

    static func warning(
        _ check: DoctorCheck, _ summary: String, _ evidence: [String], remedy: String
    ) -> Finding {
        Finding(
            check: check, severity: .warning, summary: summary, evidence: evidence,
            remedy: remedy)
    }

    static func error(
        _ check: DoctorCheck, _ summary: String, _ evidence: [String], remedy: String
    ) -> Finding {
        Finding(
            check: check, severity: .error, summary: summary, evidence: evidence, remedy: remedy)
    }
}
