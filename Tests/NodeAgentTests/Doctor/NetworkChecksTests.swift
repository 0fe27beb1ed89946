import Platform
import Testing

@testable import NodeAgent

@Suite struct NetworkChecksTests {
    private static let port = "/sys/class/infiniband/mlx5_0/ports/1"

    @Test func `a host without RDMA is well`() throws {
        let host = try RecordedHost.plain()
        let files = host.files
        #expect(Verbs(files, library: .missing("none")).findings.severities == [.ok])
        #expect(Ports(files).findings.severities == [.ok])
        #expect(GIDs(files).findings.severities == [.ok])
        #expect(MTU(files).findings.severities == [.ok])
    }

    @Test func `a host with RoCE is well`() throws {
        let host = try RecordedHost.roce()
        let files = host.files
        #expect(Verbs(files, library: .opened).findings.severities == [.ok])
        let ports = Ports(files).findings
        #expect(ports.severities == [.ok])
        #expect(ports[0].summary == "2 RDMA ports and 3 network interfaces up")
        #expect(GIDs(files).findings.severities == [.ok])
        #expect(MTU(files).findings.severities == [.ok])
    }

    @Test func `devices without the library, its nodes or a driver are errors`() throws {
        let host = try RecordedHost.roce()
        let files = host.files
        let missing = Verbs(files, library: .missing("no libibverbs.so.1")).findings
        #expect(missing.severities == [.error])
        #expect(missing[0].evidence.contains("no libibverbs.so.1"))
        let bareHost = try RecordedHost(["/sys/class/infiniband/mlx5_0/node_type": "1: CA"])
        let bare = bareHost.files
        #expect(Verbs(bare, library: .opened).findings.severities == [.error])
        let idle = try RecordedHost(["/sys/bus/pci/devices/0000:84:00.0/class": "0x020700"])
        let findings = Verbs(idle.files, library: .opened).findings
        #expect(findings.severities == [.error])
        #expect(findings[0].evidence.contains("/sys/bus/pci/devices/0000:84:00.0"))
    }

    @Test func `libibverbs is found exactly where the dynamic linker finds it`() {
        // Debian's package puts it there; nothing else of that name is searched for here.
        let paths = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"]
        let isInstalled = paths.contains {
            (try? FilePath("\($0)/\(Verbs.libraryName)").kind()) != nil
        }
        switch Verbs.openLibrary() {
        case .opened: #expect(isInstalled)
        case .missing(let reason):
            #expect(!isInstalled)
            #expect(reason.contains(Verbs.libraryName))
        }
    }

    @Test(arguments: [
        ("2: INIT", "subnet manager"), ("3: ARMED", "subnet manager"),
    ])
    func `a port that waits for the subnet manager is an error`(
        state: String, word: String
    ) throws {
        let host = try RecordedHost.roce(["\(Self.port)/state": state])
        let files = host.files
        let findings = Ports(files).findings
        #expect(findings.severities == [.error])
        #expect(findings[0].summary.contains(word))
        #expect(findings[0].evidence[0].contains("state \(state)"))
    }

    @Test func `one port that is down may be unused, all of them are an error`() throws {
        let host = try RecordedHost.roce(["\(Self.port)/state": "1: DOWN"])
        #expect(Ports(host.files).findings.severities == [.ok])
        try host.write("/sys/class/infiniband/mlx5_1/ports/1/state", "1: DOWN")
        #expect(Ports(host.files).findings.severities == [.error])
    }

    @Test func `a port that is slower than its twin, or than is expected, is an error`() throws {
        let slowHost = try RecordedHost.roce(["\(Self.port)/rate": "100 Gb/sec (1X NDR)"])
        let slow = slowHost.files
        let findings = Ports(slow).findings
        #expect(findings.severities == [.error])
        #expect(findings[0].summary == "mlx5_0/1 runs at 100 Gbit/s instead of 400 Gbit/s")
        let host = try RecordedHost.roce()
        let files = host.files
        let expected = Ports(files, expectedBitsPerSecond: ["mlx5_1": 800_000_000_000]).findings
        #expect(expected.severities == [.error])
        #expect(expected[0].evidence.contains("expected by the agent's configuration"))
        let byInterface = Ports(files, expectedBitsPerSecond: ["eth1": 800_000_000_000])
        #expect(byInterface.findings.severities == [.error, .error])
    }

    @Test func `devices made in software make their rate up`() throws {
        let host = try RecordedHost.roce()
        for (name, text) in [("rate", "2.5 Gb/sec (1X SDR)"), ("state", "4: ACTIVE")] {
            try host.write("/sys/class/infiniband/rxe0/ports/1/\(name)", text)
        }
        try host.write("/sys/class/infiniband/rxe0/board_id", "MT_0000000838")
        #expect(Ports(host.files).findings.severities == [.ok])
    }

    @Test func `no interface at all is unknown, all down an error`() throws {
        #expect(try RecordedHost().read { Ports($0).findings.severities } == [.unknown])
        let downHost = try RecordedHost.plain(["/sys/class/net/eth0/operstate": "down"])
        let down = downHost.files
        #expect(Ports(down).findings.severities == [.error])
        #expect(MTU(down).findings.severities == [.unknown])
    }

    @Test func `RoCE without a GID that routes is pointed out`() throws {
        let v1Host = try RecordedHost.roce([
            "\(Self.port)/gid_attrs/types/0": "IB/RoCE v1",
            "\(Self.port)/gid_attrs/types/1": "IB/RoCE v1",
        ])
        let v1 = v1Host.files
        #expect(GIDs(v1).findings.severities == [.warning])
        let localHost = try RecordedHost.roce([
            "\(Self.port)/gids/1": "0000:0000:0000:0000:0000:0000:0000:0000"
        ])
        let local = localHost.files
        let findings = GIDs(local).findings
        #expect(findings.severities == [.warning])
        #expect(findings[0].remedy?.contains("eth1") == true)
        let noneHost = try RecordedHost.roce([
            "\(Self.port)/gids/0": "0000:0000:0000:0000:0000:0000:0000:0000",
            "\(Self.port)/gids/1": "0000:0000:0000:0000:0000:0000:0000:0000",
        ])
        let none = noneHost.files
        #expect(GIDs(none).findings.severities == [.error])
    }

    @Test(arguments: [(9000, 4096), (4200, 4096), (1500, 1024), (4179, 2048), (300, nil)])
    func `the packets of RoCE follow from the interface`(mtu: Int, active: Int?) {
        #expect(MTU.activeBytes(interface: mtu) == active)
    }

    @Test func `small and unequal MTUs of RoCE are warnings`() throws {
        let host = try RecordedHost.roce(["/sys/class/net/eth1/mtu": "1500"])
        let files = host.files
        let findings = MTU(files).findings
        #expect(findings.severities == [.warning, .warning])
        #expect(findings[0].summary.contains("1024"))
        #expect(findings[0].evidence == ["/sys/class/net/eth1/mtu: 1500"])
    }

    @Test func `an MTU other than that of most nodes is a warning`() throws {
        let host = try RecordedHost.plain()
        let files = host.files
        let findings = MTU(files, peers: ["eth0": 9000, "eth9": 100]).findings
        #expect(findings.severities == [.warning])
        #expect(findings[0].summary == "eth0 has 1500 bytes, most other nodes 9000")
        #expect(MTU(files, peers: ["eth0": 1500]).findings.severities == [.ok])
    }
}
