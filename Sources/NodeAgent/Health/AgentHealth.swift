/// Whether the agent lives and is ready, as it is asked over HTTP.
struct AgentHealth: Sendable {
    /// One thing that readiness asks for.
    struct Check: Sendable {
        var name: String
        /// Nil when it holds; else why not.
        var problem: String?
        /// What more there is to say.
        var note = ""
    }

    private let status: AgentStatus
    private let now: UInt64

    init(_ status: AgentStatus, nowNanoseconds: UInt64) {
        self.status = status
        now = nowNanoseconds
    }

    /// That it answers at all says that it lives; a supervisor should not restart one that is only
    /// cut off from the control plane.
    func live() -> LocalResponse {
        if status.phase == .stopped { return .text(503, "the agent has stopped\n") }
        return .text(200, "ok\n")
    }

    /// Ready: the control plane knows this node, and gives it work.
    func ready(isVerbose: Bool) -> LocalResponse {
        let problems = checks.filter { $0.problem != nil }
        let verdict = problems.isEmpty ? "ready\n" : "not ready\n"
        let shown = isVerbose ? checks : problems
        return .text(problems.isEmpty ? 200 : 503, shown.map(line).joined() + verdict)
    }

    private func line(_ check: Check) -> String {
        guard let problem = check.problem else {
            return "[+] \(check.name): ok\(check.note.isEmpty ? "" : ", \(check.note)")\n"
        }
        return "[-] \(check.name): \(problem)\n"
    }

    var checks: [Check] { [phase, lease, record, controlPlane, conditions] }

    private var phase: Check {
        Check(
            name: "phase",
            problem: status.phase == .ready ? nil : "\(status.phase.rawValue): \(status.reason)")
    }

    private var lease: Check {
        guard let lease = status.lease else { return Check(name: "lease", problem: "none") }
        let expiry = lease.expiresNanoseconds()
        guard expiry > now else { return Check(name: "lease", problem: "it has run out") }
        return Check(name: "lease", note: "\((expiry - now) / 1_000_000_000) s left")
    }

    private var record: Check {
        guard let record = status.record else {
            return Check(name: "record", problem: "this host was not looked at yet")
        }
        return record.isPublished
            ? Check(name: "record", note: "generation \(record.generation)")
            : Check(name: "record", problem: "it is not in the control plane")
    }

    /// Said, and no reason to be not ready: the lease tells when it lasts too long.
    private var controlPlane: Check {
        let plane = status.controlPlane
        guard !plane.isReachable else { return Check(name: "control-plane") }
        let seconds = plane.unreachableSinceNanoseconds.map { since in
            "not answering for \(LocalStatus.seconds(from: since, to: now)) s"
        }
        return Check(name: "control-plane", note: seconds ?? "not asked yet")
    }

    private var conditions: Check {
        let count = status.conditions.count
        return Check(
            name: "conditions",
            note: count == 0 ? "none" : status.conditions.map(\.type).joined(separator: ", "))
    }
}
