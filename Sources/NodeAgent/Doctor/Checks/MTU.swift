/// The packet sizes: of RoCE ports against their interfaces, and of what should be alike.
struct MTU: Sendable {
    var rdma: RDMADevices
    /// Of interfaces with a device behind them, in bytes.
    var interfaces: [(name: String, mtu: Int)]
    /// What most other nodes of the cluster have on a port of this name.
    var peers: [String: Int]

    init(_ files: HostFiles, peers: [String: Int] = [:]) {
        rdma = RDMADevices(files)
        self.peers = peers
        let folder = "/sys/class/net"
        interfaces = files.names(in: folder).compactMap { name in
            guard files.exists("\(folder)/\(name)/device"),
                files.text("\(folder)/\(name)/operstate") == "up",
                let mtu = files.integer("\(folder)/\(name)/mtu")
            else { return nil }
            return (name, mtu)
        }
    }
}

extension MTU {
    /// What a RoCE v2 packet has around its payload: IPv6, UDP, BTH, RETH, immediate and ICRC.
    private static let headerBytes = 40 + 8 + 12 + 16 + 4 + 4

    /// What a RoCE port sends at most in a packet: the largest size of InfiniBand that its
    /// interface lets through.
    static func activeBytes(interface mtu: Int) -> Int? {
        [4096, 2048, 1024, 512, 256].first { $0 + headerBytes <= mtu }
    }

    var findings: [Finding] {
        let problems =
            rdma.ports.filter(\.isActive).compactMap(judge) + unequal
            + interfaces.compactMap(judgeAgainstPeers)
        guard problems.isEmpty else { return problems }
        let seen = interfaces.map { "/sys/class/net/\($0.name)/mtu: \($0.mtu)" }
        guard !seen.isEmpty else {
            return [
                .unknown(
                    .mtu, "no interface with a device behind it is up", ["/sys/class/net"])
            ]
        }
        let infiniBand = rdma.ports.filter { $0.isActive && !$0.isRoCE }
        let note = infiniBand.map { "\($0.path): the MTU of InfiniBand is not in /sys" }
        let compared =
            peers.isEmpty ? "; other nodes are not known" : ", as on other nodes"
        return [.ok(.mtu, "\(Self.list(interfaces.map(\.mtu))) bytes\(compared)", seen + note)]
    }

    private func judge(_ port: RDMADevices.Port) -> Finding? {
        guard port.isRoCE, let interface = port.interface, let mtu = port.interfaceMTU,
            let active = Self.activeBytes(interface: mtu), active < 4096
        else { return nil }
        return .warning(
            .mtu, "\(port.title) sends \(active) bytes in a packet where 4096 are possible",
            ["/sys/class/net/\(interface)/mtu: \(mtu)"],
            remedy: "let the switches pass jumbo frames, then 'ip link set \(interface) mtu 9000' "
                + "on every node, and keep it in the network's configuration")
    }

    /// RoCE ports of one host serve the same fabric.
    private var unequal: [Finding] {
        let ports = rdma.ports.filter { $0.isActive && $0.isRoCE && $0.interfaceMTU != nil }
        guard Set(ports.map(\.interfaceMTU)).count > 1 else { return [] }
        return [
            .warning(
                .mtu, "RoCE ports of this host have different MTUs",
                ports.map { port in
                    "/sys/class/net/\(port.interface ?? "")/mtu: \(port.interfaceMTU ?? 0)"
                }, remedy: "give them all the same, which is that of the switches")
        ]
    }

    private func judgeAgainstPeers(_ interface: (name: String, mtu: Int)) -> Finding? {
        guard let expected = peers[interface.name], expected != interface.mtu else { return nil }
        return .warning(
            .mtu, "\(interface.name) has \(interface.mtu) bytes, most other nodes \(expected)",
            ["/sys/class/net/\(interface.name)/mtu: \(interface.mtu)", "the nodes' records"],
            remedy: "'ip link set \(interface.name) mtu \(expected)', and keep it in the network's "
                + "configuration: packets that are too large get lost in silence")
    }

    private static func list(_ values: [Int]) -> String {
        Set(values).sorted().map(String.init).joined(separator: " and ")
    }
}
