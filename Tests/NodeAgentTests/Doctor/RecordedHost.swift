import Glibc
import Platform
import TestSupport

@testable import NodeAgent

/// A folder that looks like the root of a host, with what checks read of it.
final class RecordedHost {
    private let directory: TemporaryDirectory

    /// - Parameter files: contents by path.
    init(_ files: [String: String] = [:]) throws {
        directory = try TemporaryDirectory()
        for (path, text) in files { try write(path, text) }
    }

    /// Only as long as this object lives: its folder goes with it.
    var files: HostFiles { HostFiles(root: directory.path) }

    func read<Result>(_ body: (HostFiles) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(files) }
    }

    func write(_ path: String, _ text: String) throws {
        var folder = directory.path
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o755)
        }
        try FileDescriptor.replaceContents(
            of: directory.path + path, with: Array((text + "\n").utf8))
    }

    /// As recorded on a machine without RDMA, of which one thing is changed.
    static func plain(_ changes: [String: String] = [:]) throws -> RecordedHost {
        try RecordedHost(plainFiles.merging(changes) { $1 })
    }

    static let limits = """
        Limit                     Soft Limit           Hard Limit           Units
        Max cpu time              unlimited            unlimited            seconds
        Max open files            1024                 1048576              files
        Max locked memory         8388608              8388608              bytes
        Max address space         unlimited            unlimited            bytes
        """

    private static let plainFiles = [
        "/etc/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4",
        "/proc/self/limits": limits,
        "/proc/self/status": "Name:\tmartlet\nCapEff:\t0000000000000000",
        "/proc/self/cgroup": "0::/user.slice",
        "/proc/self/mounts":
            "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0",
        "/proc/sys/kernel/numa_balancing": "0",
        "/sys/devices/system/node/node0/cpulist": "0-7",
        "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
        "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
        "/sys/class/net/eth0/device/vendor": "0x1af4",
        "/sys/class/net/eth0/operstate": "up",
        "/sys/class/net/eth0/mtu": "1500",
        "/sys/class/net/eth0/speed": "-1",
        "/sys/class/net/lo/operstate": "unknown",
        "/sys/class/net/lo/mtu": "65536",
    ]

    /// A host with RoCE NICs mlx5_0 and mlx5_1 behind eth1 and eth2, all well.
    static func roce(_ changes: [String: String] = [:]) throws -> RecordedHost {
        var files = plainFiles
        for number in 0...1 {
            let device = "/sys/class/infiniband/mlx5_\(number)"
            let port = "\(device)/ports/1"
            let interface = "/sys/class/net/eth\(number + 1)"
            files["\(device)/board_id"] = "MT_0000000838"
            files["\(device)/device/vendor"] = "0x15b3"
            files["\(port)/state"] = "4: ACTIVE"
            files["\(port)/phys_state"] = "5: LinkUp"
            files["\(port)/link_layer"] = "Ethernet"
            files["\(port)/rate"] = "400 Gb/sec (4X NDR)"
            files["\(port)/gid_attrs/ndevs/0"] = "eth\(number + 1)"
            files["\(port)/gids/0"] = "fe80:0000:0000:0000:0202:c9ff:fe00:000\(number)"
            files["\(port)/gid_attrs/types/0"] = "RoCE v2"
            files["\(port)/gids/1"] = "0000:0000:0000:0000:0000:ffff:0a00:000\(number)"
            files["\(port)/gid_attrs/types/1"] = "RoCE v2"
            files["\(port)/gids/2"] = "0000:0000:0000:0000:0000:0000:0000:0000"
            files["\(interface)/device/vendor"] = "0x15b3"
            files["\(interface)/operstate"] = "up"
            files["\(interface)/mtu"] = "9000"
            files["\(interface)/speed"] = "400000"
            files["/dev/infiniband/uverbs\(number)"] = ""
        }
        files["/proc/self/limits"] = limits.replacing("8388608", with: "unlimited")
        return try RecordedHost(files.merging(changes) { $1 })
    }
}

extension Array<Finding> {
    var severities: [Finding.Severity] { map(\.severity) }
    var worst: Finding? {
        first { $0.severity == .error } ?? first { $0.severity == .warning }
    }
}
