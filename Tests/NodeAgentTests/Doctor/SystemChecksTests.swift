import Platform
import TestSupport
import Testing
import Topology

@testable import NodeAgent

@Suite struct SystemChecksTests {
    @Test(arguments: [
        ("", "it is empty"), ("uninitialized", "it is not initialised"),
        ("3D1219C7C4C5404AAA1F6D2A48ADFDA4", "32 hexadecimal digits"),
        ("3d1219c7c4c5404aaa1f6d2a48adfda", "32 hexadecimal digits"),
        ("00000000000000000000000000000000", "over and over"),
        ("b08dfa6083e7567a1921a715000001fb", "many machines have"),
    ])
    func `a machine id that cannot be this machine's alone is an error`(
        text: String, flaw: String
    ) throws {
        let host = try RecordedHost.plain(["/etc/machine-id": text])
        let files = host.files
        let findings = MachineIdentity(files, isRefused: false).findings
        #expect(findings.severities == [.error])
        #expect(findings[0].summary.contains(flaw))
    }

    @Test func `a good machine id is not shown`() throws {
        let host = try RecordedHost.plain()
        let files = host.files
        let findings = MachineIdentity(files, isRefused: false).findings
        #expect(findings.severities == [.ok])
        // It is confidential: machine-id(5).
        #expect(!"\(findings)".contains("3d1219c7"))
    }

    @Test func `no machine id, and one that another machine has, are errors`() throws {
        let missing = try RecordedHost().read { MachineIdentity($0, isRefused: false).findings }
        #expect(missing.severities == [.error])
        #expect(missing[0].evidence[0].contains("errno 2"))
        let refused = try RecordedHost.plain().read {
            MachineIdentity($0, isRefused: true).findings
        }
        #expect(refused.severities == [.error])
    }

    @Test func `moving pages matter on several NUMA nodes alone`() throws {
        let balancing = ["/proc/sys/kernel/numa_balancing": "1"]
        #expect(
            try RecordedHost.plain(balancing).read { NUMABalancing($0).findings.severities } == [
                .ok
            ])
        var two = balancing
        two["/sys/devices/system/node/node1/cpulist"] = "8-15"
        #expect(
            try RecordedHost.plain(two).read { NUMABalancing($0).findings.severities } == [.warning]
        )
        two["/proc/sys/kernel/numa_balancing"] = "0"
        #expect(try RecordedHost.plain(two).read { NUMABalancing($0).findings.severities } == [.ok])
    }

    @Test(arguments: [
        ("always [madvise] never", Finding.Severity.ok), ("[always] madvise never", .ok),
        ("always madvise [never]", .warning), ("always", .unknown),
    ])
    func `transparent huge pages should not be off`(
        text: String, severity: Finding.Severity
    ) throws {
        let host = try RecordedHost.plain([HugePages.transparentPath: text])
        let files = host.files
        #expect(HugePages(files).findings.severities == [severity])
    }

    @Test func `reserved huge pages are counted`() throws {
        let folder = "/sys/kernel/mm/hugepages/hugepages-2048kB"
        let host = try RecordedHost.plain([
            "\(folder)/nr_hugepages": "512", "\(folder)/free_hugepages": "500",
        ])
        let files = host.files
        #expect(HugePages(files).findings[0].summary.contains("1 GiB reserved"))
    }

    private func clock(
        _ result: Result<ClockDiscipline, SystemError>, source: String = "tsc"
    ) throws -> [Finding.Severity] {
        let path = HostClock.sourcePath
        return try RecordedHost([path: source]).read {
            HostClock($0, discipline: result)
                .findings.severities
        }
    }

    @Test func `a clock that nothing keeps right, and a slow one, are warnings`() throws {
        let good = ClockDiscipline(isSynchronised: true, maximumErrorMicroseconds: 1500)
        let bad = ClockDiscipline(isSynchronised: false, maximumErrorMicroseconds: 16_000_000)
        #expect(try clock(.success(good)) == [.ok])
        #expect(try clock(.success(bad)) == [.warning])
        #expect(try clock(.success(good), source: "hpet") == [.ok, .warning])
        let refused = SystemError(code: 1, operation: "adjtimex")
        #expect(try clock(.failure(refused)) == [.unknown])
    }

    @Test func `the kernel says of this clock what adjtimex says`() throws {
        let discipline = try ClockDiscipline.current()
        #expect(discipline.maximumErrorMicroseconds >= 0)
    }

    private static func machine(_ name: String) throws -> HostTopology {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return try HostTopology.importing(path: "\(root)/Examples/machines/\(name).xml")
    }

    @Test func `links below their best are warnings, except of idle accelerators`() throws {
        var topology = try Self.machine("eight-accelerators")
        let full = PCILink(transfersPerSecond: 32_000_000_000, width: 16)
        for index in topology.accelerators.indices {
            topology.accelerators[index].pci?.link = full
            topology.accelerators[index].pci?.bestLink = full
        }
        for index in topology.nics.indices {
            topology.nics[index].pci?.link = full
            topology.nics[index].pci?.bestLink = full
        }
        #expect(PCILinks(topology).findings.severities == [.ok])
        topology.accelerators[0].pci?.link?.transfersPerSecond = 2_500_000_000
        #expect(PCILinks(topology).findings.severities == [.ok])
        topology.accelerators[1].pci?.link?.width = 8
        topology.nics[0].pci?.link?.transfersPerSecond = 16_000_000_000
        let findings = PCILinks(topology).findings.filter { $0.severity == .warning }
        #expect(findings.count == 2)
        #expect(findings[0].summary.contains("32 GT/s x8 where 32 GT/s x16 is possible"))
        #expect(findings[1].summary.contains("16 GT/s x16"))
    }

    @Test func `links that are not known, and a topology that is not, are said to be unknown`()
        throws
    {
        var topology = try Self.machine("eight-accelerators")
        for index in topology.accelerators.indices {
            topology.accelerators[index].pci?.link = nil
        }
        for index in topology.nics.indices { topology.nics[index].pci?.link = nil }
        #expect(PCILinks(topology).findings.severities == [.unknown])
        #expect(PCILinks(problem: "hwloc failed").findings[0].evidence == ["hwloc failed"])
    }
}
