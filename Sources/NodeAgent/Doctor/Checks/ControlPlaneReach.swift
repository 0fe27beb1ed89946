/// Whether the control plane answers.
package struct ControlPlaneReach: Sendable {
    /// Who was asked, and what came of it.
    package enum Outcome: Sendable, Hashable {
        /// Nobody configured one.
        case notConfigured(String)
        /// An answer, after this long.
        case answered(endpoint: String, milliseconds: Int)
        case failed(endpoints: [String], reason: String, remedy: String?)
    }

    var outcome: Outcome

    var findings: [Finding] {
        switch outcome {
        case .notConfigured(let reason):
            return [.unknown(.controlPlane, "no control plane is configured", [reason])]
        case .answered(let endpoint, let milliseconds):
            return [
                .ok(
                    .controlPlane, "it answers after \(milliseconds) ms", [endpoint])
            ]
        case .failed(let endpoints, let reason, let remedy):
            return [
                .error(
                    .controlPlane, "it does not answer", endpoints + [reason],
                    remedy: remedy
                        ?? "check that the controller runs, and the way to it (addresses, ports, "
                        + "firewalls)")
            ]
        }
    }
}
