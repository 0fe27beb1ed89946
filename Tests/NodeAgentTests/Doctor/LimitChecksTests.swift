import Platform
import Testing

@testable import NodeAgent

@Suite struct LimitChecksTests {
    @Test func `without RDMA any memlock limit will do`() throws {
        let host = try RecordedHost.plain()
        let findings = LockedMemory(host.files, agent: nil).findings
        #expect(findings.severities == [.ok])
        #expect(findings[0].summary.contains("8 MiB"))
    }

    @Test(arguments: [
        ("unlimited", Finding.Severity.ok), ("8388608", .error), ("4294967296", .warning),
    ])
    func `with RDMA a memlock limit is a warning, and a small one an error`(
        limit: String, severity: Finding.Severity
    ) throws {
        let limits = RecordedHost.limits.replacing("8388608", with: limit)
        let host = try RecordedHost.roce(["/proc/self/limits": limits])
        let findings = LockedMemory(host.files, agent: nil).findings
        #expect(findings.severities == [severity])
        #expect((findings[0].remedy != nil) == (severity != .ok))
        #expect(findings[0].evidence[0].hasPrefix("/proc/self/limits: Max locked memory"))
    }

    @Test func `CAP_IPC_LOCK lifts the limit`() throws {
        let host = try RecordedHost.roce([
            "/proc/self/limits": RecordedHost.limits,
            "/proc/self/status": "CapEff:\t0000000000004000",
        ])
        #expect(LockedMemory(host.files, agent: nil).findings.severities == [.ok])
    }

    @Test func `a limit that cannot be read is unknown`() throws {
        let host = try RecordedHost.roce(["/proc/self/limits": "nonsense"])
        #expect(LockedMemory(host.files, agent: nil).findings.severities == [.unknown])
        #expect(OpenFiles(host.files).findings.severities == [.unknown])
    }

    @Test func `the running agent's own limit is looked at`() throws {
        let host = try RecordedHost.roce(["/proc/4711/limits": RecordedHost.limits])
        let findings = LockedMemory(host.files, agent: 4711).findings
        #expect(findings.severities == [.ok, .error])
        #expect(findings[1].evidence[0].hasPrefix("/proc/4711/limits"))
        #expect(findings[1].remedy?.contains("LimitMEMLOCK=infinity") == true)
    }

    @Test func `the unit's limit is the last one that is set, in drop-ins too`() throws {
        let unit = "/usr/local/lib/systemd/system/martlet-agent.service"
        let text = "[Service]\nLimitMEMLOCK=infinity\nLimitNOFILE=65536"
        let host = try RecordedHost.roce([unit: text])
        #expect(LockedMemory(host.files, agent: nil).findings.severities == [.ok, .ok])
        try host.write(
            "/etc/systemd/system/martlet-agent.service.d/less.conf",
            "[Service]\nLimitMEMLOCK=64K:2M")
        let findings = LockedMemory(host.files, agent: nil).findings
        #expect(findings.severities == [.ok, .error])
        #expect(findings[1].summary.contains("64 KiB"))
        #expect(findings[1].evidence[0].contains("less.conf: LimitMEMLOCK=64K:2M"))
    }

    @Test(arguments: [
        ("infinity", UInt64.max, UInt64.max), ("8M", 8 << 20, 8 << 20), ("100", 100, 100),
        ("1K:infinity", 1 << 10, UInt64.max), ("99999999T", UInt64.max, UInt64.max),
    ])
    func `limits of units are read as systemd reads them`(
        text: String, soft: UInt64, hard: UInt64
    ) {
        #expect(ResourceLimit(unit: Substring(text)) == ResourceLimit(soft: soft, hard: hard))
    }

    @Test(arguments: ["", "x", "8Q", "1:2:3", "-1", "M"])
    func `what is no limit of a unit is none`(text: String) {
        #expect(ResourceLimit(unit: Substring(text)) == nil)
    }

    @Test(arguments: [
        ("1024                 1048576", Finding.Severity.ok), ("512   1048576", .error),
        ("1024 1024", .warning),
    ])
    func `few open files are an error, few that one may raise to a warning`(
        limits: String, severity: Finding.Severity
    ) throws {
        let host = try RecordedHost.plain([
            "/proc/self/limits": "Max open files            \(limits)              files"
        ])
        #expect(OpenFiles(host.files).findings.severities == [severity])
    }

    @Test func `a quota below the processors is a warning, with how often it struck`() throws {
        let folder = "/sys/fs/cgroup/user.slice"
        let host = try RecordedHost.plain([
            "\(folder)/cpu.max": "max 100000", "/sys/fs/cgroup/cpu.max": "350000 100000",
            "\(folder)/cpu.stat": "usage_usec 1\nnr_periods 5\nnr_throttled 3",
        ])
        let findings = CPULimit(host.files, processorCount: 8).findings
        #expect(findings.severities == [.warning])
        #expect(findings[0].summary.contains("3.5 processors"))
        #expect(findings[0].evidence.contains("cpu.stat: nr_throttled 3"))
        #expect(CPULimit(host.files, processorCount: 2).findings.severities == [.ok])
    }

    @Test func `the first version of cgroups is understood too`() throws {
        let host = try RecordedHost.plain([
            "/proc/self/cgroup": "4:memory:/\n1:cpu,cpuacct:/jobs\n0::/",
            "/proc/self/mounts": "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0",
            "/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us": "150000",
            "/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us": "100000",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1",
        ])
        let findings = CPULimit(host.files, processorCount: 4).findings
        #expect(findings.severities == [.warning])
        #expect(findings[0].summary.contains("1.5 processors"))
    }

    @Test func `no cgroup that can be read is unknown, and no quota is fine`() throws {
        #expect(
            try RecordedHost().read { CPULimit($0, processorCount: 4).findings.severities }
                == [.unknown])
        #expect(
            try RecordedHost.plain().read { CPULimit($0, processorCount: 4).findings.severities }
                == [.ok])
    }
}
