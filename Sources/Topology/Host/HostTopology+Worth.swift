extension HostTopology {
    /// Whether where a process works on this host can matter: there are several NUMA nodes, or
    /// accelerators. A few reads of /sys; looking at everything takes some milliseconds more, which
    /// hundreds of ranks on a small host would notice.
    package static var isWorthDiscovering: Bool { LiveHost().isWorthDiscovering }
}

extension LiveHost {
    var isWorthDiscovering: Bool {
        if names(in: "devices/system/node").count(where: Self.isNode) > 1 { return true }
        return names(in: "bus/pci/devices").contains { name in
            let words = text("bus/pci/devices/\(name)/class")?.dropFirst(2)
            guard let code = words.flatMap({ Int($0, radix: 16) }) else { return false }
            // 3D controllers and processing accelerators; displays that compute as well.
            return code >> 8 == 0x0302 || code >> 16 == 0x12 || code >> 16 == 0x03
        }
    }

    private static func isNode(_ name: String) -> Bool {
        name.hasPrefix("node") && Int(name.dropFirst(4)) != nil
    }
}
