/// Whether the kernel moves pages between NUMA nodes by itself, which unmaps them for a moment and
/// makes threads fault in the middle of a collective.
struct NUMABalancing: Sendable {
    static let path = "/proc/sys/kernel/numa_balancing"

    var setting: Int?
    var nodeCount: Int

    init(_ files: HostFiles) {
        setting = files.integer(Self.path)
        nodeCount = files.names(in: "/sys/devices/system/node")
            .count { $0.hasPrefix("node") && Int($0.dropFirst(4)) != nil }
    }

    var findings: [Finding] {
        let nodes = Quantity.count(nodeCount, "NUMA node")
        guard let setting else {
            return [.ok(.numaBalancing, "this kernel has none", ["\(Self.path): no such file"])]
        }
        let evidence = ["\(Self.path): \(setting)", "/sys/devices/system/node: \(nodes)"]
        if nodeCount < 2 { return [.ok(.numaBalancing, "it does not matter: \(nodes)", evidence)] }
        if setting == 0 { return [.ok(.numaBalancing, "off, on \(nodes)", evidence)] }
        return [
            .warning(
                .numaBalancing, "on, with \(nodes): pages of buffers move while they are in use",
                evidence,
                remedy: "set kernel.numa_balancing = 0 in /etc/sysctl.d/ and run 'sysctl --system'")
        ]
    }
}
