/// RDMA devices and their ports, as /sys shows them.
struct RDMADevices: Sendable {
    struct Device: Sendable, Hashable {
        var name: String
        /// What tells models apart: `board_id`, else `hca_type`.
        var model: String?
        /// Made in software, such as Soft-RoCE: its rate means nothing.
        var isSoftware: Bool
        var ports: [Port]
    }

    struct Port: Sendable, Hashable {
        var device: String
        var number: Int
        /// `4: ACTIVE`
        var state: String?
        /// `5: LinkUp`
        var physicalState: String?
        /// `InfiniBand` or `Ethernet`.
        var linkLayer: String?
        /// `100 Gb/sec (4X EDR)`
        var rate: String?
        /// Of RoCE: the interface whose addresses it has.
        var interface: String?
        /// Of the interface.
        var interfaceMTU: Int?
        var gids: [GID]

        var path: String { "/sys/class/infiniband/\(device)/ports/\(number)" }
        var title: String { "\(device)/\(number)" }
        var isActive: Bool { state?.hasPrefix("4") == true }
        var isRoCE: Bool { linkLayer == "Ethernet" }

        /// The number in front of `Gb/sec`.
        var rateBitsPerSecond: Int? {
            let words = rate?.split(separator: " ") ?? []
            guard words.count >= 2, words[1] == "Gb/sec", let gigabits = Double(words[0]),
                gigabits > 0, gigabits < 1e6
            else { return nil }
            return Int(gigabits * 1e9)
        }
    }

    /// An entry of a port's GID table that is in use.
    struct GID: Sendable, Hashable {
        var index: Int
        var value: String
        /// `RoCE v2`, `IB/RoCE v1`
        var type: String?

        /// fe80::/10: reaches no further than the link.
        var isLinkLocal: Bool { value.hasPrefix("fe8") }
    }

    var devices: [Device]
    var ports: [Port] { devices.flatMap(\.ports) }

    init(_ files: HostFiles) {
        let folder = "/sys/class/infiniband"
        devices = files.names(in: folder).map { name in
            let path = "\(folder)/\(name)"
            let numbers = files.names(in: "\(path)/ports").compactMap { Int($0) }.sorted()
            return Device(
                name: name, model: files.text("\(path)/board_id") ?? files.text("\(path)/hca_type"),
                isSoftware: !files.exists("\(path)/device"),
                ports: numbers.map { Self.port($0, of: name, at: "\(path)/ports/\($0)", files) })
        }
    }

    private static func port(
        _ number: Int, of device: String, at path: String, _ files: HostFiles
    ) -> Port {
        let interface = files.text("\(path)/gid_attrs/ndevs/0")
        return Port(
            device: device, number: number, state: files.text("\(path)/state"),
            physicalState: files.text("\(path)/phys_state"),
            linkLayer: files.text("\(path)/link_layer"), rate: files.text("\(path)/rate"),
            interface: interface,
            interfaceMTU: interface.flatMap { files.integer("/sys/class/net/\($0)/mtu") },
            gids: gids(path, files))
    }

    private static func gids(_ path: String, _ files: HostFiles) -> [GID] {
        files.names(in: "\(path)/gids").compactMap { Int($0) }.sorted().compactMap { index in
            guard let value = files.text("\(path)/gids/\(index)"),
                value.contains(where: { $0 != "0" && $0 != ":" })
            else { return nil }
            return GID(
                index: index, value: value, type: files.text("\(path)/gid_attrs/types/\(index)"))
        }
    }
}
