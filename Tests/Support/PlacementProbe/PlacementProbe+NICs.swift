import Glibc
import Martlet
import Platform
import Topology

extension PlacementProbe {
    /// Every OpenFabrics device of the kernel is in the topology, under the NUMA node of the bus device
    /// beneath its network interface.
    static func checkNICs() throws {
        let host = try HostTopology.discover()
        let devices = try FilePath("\(classes)/infiniband").names().sorted()
        expect(!devices.isEmpty, "the kernel has RDMA devices: \(devices)")
        for device in devices {
            guard let interface = try interface(of: device),
                let node = node(ofInterface: interface)
            else { return expect(false, "the kernel says on which node \(device) is") }
            let nic = host.nics.first { $0.openFabrics == device }
            let seen = nic?.numaNodes?.map { host.numaNodes[$0].osIndex }
            expect(
                seen == [node] && nic?.ports.map(\.interface) == [interface],
                "\(device) on \(interface) is on node \(node): the topology has it on \(seen ?? [])"
            )
        }
    }

    /// A rank that may run anywhere and has no accelerator works near the NIC that it is dealt.
    static func checkRankByNIC() throws {
        let host = try HostTopology.discover()
        let ranks = host.nics.count { $0.kind == .roce }
        setenv("LOCAL_RANK", "\(ranks - 1)", 1)
        setenv("LOCAL_WORLD_SIZE", "\(ranks)", 1)
        defer {
            unsetenv("LOCAL_RANK")
            unsetenv("LOCAL_WORLD_SIZE")
        }
        guard let last = NUMA.allowedNodes.last else { return }
        try checkRank(on: last)
    }

    private static var classes: String { "/sys/class" }

    private static func text(_ path: String) -> String? {
        guard let bytes = try? FileDescriptor.contents(of: "\(classes)/\(path)") else { return nil }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }

    /// The network interface beneath a device: the kernel names it for RoCE; the only GID of iWARP is
    /// the interface's hardware address.
    private static func interface(of device: String) throws -> String? {
        let port = "infiniband/\(device)/ports/1"
        if let name = text("\(port)/gid_attrs/ndevs/0") { return name }
        let digits = text("\(port)/gids/0")?.filter { $0 != ":" }.prefix(12)
        return try FilePath("\(classes)/net").names().first { name in
            text("net/\(name)/address")?.filter { $0 != ":" } == digits.map(String.init)
        }
    }

    /// A virtio device hangs below the function on the bus that the node is known of.
    private static func node(ofInterface name: String) -> Int? {
        ["net/\(name)/device/numa_node", "net/\(name)/device/../numa_node"].lazy
            .compactMap { text($0) }.compactMap { Int($0) }.first
    }
}
