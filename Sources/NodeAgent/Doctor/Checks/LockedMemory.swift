/// How much memory processes may lock: RDMA registers what it sends, which locks it.
struct LockedMemory: Sendable {
    /// A process, or what will be one.
    struct Subject: Sendable {
        /// `this process`, `the agent`.
        var name: String
        var limit: ResourceLimit?
        /// CAP_IPC_LOCK: the limit does not hold for it.
        var isExempt: Bool
        var evidence: String
    }

    var subjects: [Subject]
    /// RDMA devices of the host.
    var devices: [String]

    /// - Parameter agent: the process id of the running agent.
    init(_ files: HostFiles, agent: Int32?) {
        devices = files.names(in: "/sys/class/infiniband")
        subjects = [Self.process("this process", "self", files)]
        if let agent {
            subjects.append(Self.process("the agent", "\(agent)", files))
        } else if let unit = AgentUnit(files) {
            subjects.append(Self.unit(unit))
        }
    }

    private static func process(_ name: String, _ id: String, _ files: HostFiles) -> Subject {
        let path = "/proc/\(id)/limits"
        let row = files.lines(path).first { $0.hasPrefix("Max locked memory") }
        let line = row.map { $0.split(separator: " ").joined(separator: " ") }
        return Subject(
            name: name, limit: ResourceLimit("Max locked memory", in: files.text(path) ?? ""),
            isExempt: mayExceed(id, files), evidence: "\(path): \(line ?? "no such row")")
    }

    /// Bit 14 of the effective capabilities.
    private static func mayExceed(_ id: String, _ files: HostFiles) -> Bool {
        let row = files.lines("/proc/\(id)/status").first { $0.hasPrefix("CapEff:") }
        let word = row?.split(whereSeparator: { $0 == "\t" || $0 == " " }).last
        return (word.flatMap { UInt64($0, radix: 16) } ?? 0) & 1 << 14 != 0
    }

    private static func unit(_ unit: AgentUnit) -> Subject {
        let setting = unit.limits["LimitMEMLOCK"]
        return Subject(
            name: "the agent's unit", limit: setting?.limit, isExempt: false,
            evidence: setting.map { "\($0.path): \($0.line)" }
                ?? "\(unit.path): no LimitMEMLOCK")
    }
}

extension LockedMemory {
    /// Below this not even the landing slots of a few peers can be registered.
    static let leastBytes: UInt64 = 1 << 30

    var findings: [Finding] { subjects.map(judge) }

    private func judge(_ subject: Subject) -> Finding {
        var evidence = [subject.evidence]
        if subject.isExempt { evidence.append("CAP_IPC_LOCK: the limit does not hold") }
        evidence.append(
            "/sys/class/infiniband: \(devices.isEmpty ? "none" : devices.joined(separator: " "))")
        guard let limit = subject.limit else {
            return .unknown(.memlock, "how much memory \(subject.name) may lock", evidence)
        }
        let text = ResourceLimit.text(ofBytes: limit.soft)
        if subject.isExempt || limit.soft == ResourceLimit.unlimited {
            return .ok(.memlock, "\(subject.name) may lock all memory", evidence)
        }
        let summary = "\(subject.name) may lock \(text)"
        if devices.isEmpty { return .ok(.memlock, "\(summary); no RDMA needs it", evidence) }
        let remedy =
            subject.name == "this process"
            ? "set 'memlock unlimited' in /etc/security/limits.conf and log in again, or start "
                + "jobs with 'ulimit -l unlimited'"
            : "set LimitMEMLOCK=infinity by 'systemctl edit martlet-agent', then restart it"
        return limit.soft < Self.leastBytes
            ? .error(
                .memlock, "\(summary): RDMA cannot register its buffers", evidence, remedy: remedy)
            : .warning(
                .memlock, "\(summary): large buffers cannot be registered", evidence, remedy: remedy
            )
    }
}
