// What Linux says of network interfaces and OpenFabrics devices. GIDs and their types are read from
// /sys, which needs neither libibverbs nor the right to open a device; what only libibverbs could
// add, such as an active MTU of InfiniBand, would be asked for here.

extension LiveHost {
    /// Interfaces with a device behind them: lo, bridges, bonds and veth have none.
    var physicalInterfaces: [String] {
        names(in: "class/net").filter { exists("class/net/\($0)/device") }
    }

    /// Ports count from 1 in OpenFabrics and from 0 here.
    func portNumber(ofInterface name: String) -> Int? {
        integer("class/net/\(name)/dev_port").map { $0 + 1 }
    }

    func state(ofInterface name: String) -> NIC.Port.State? {
        switch text("class/net/\(name)/operstate") {
        case "up": .up
        case "down", "lowerlayerdown", "notpresent", "dormant": .down
        default: nil
        }
    }

    /// Virtual devices say -1, and interfaces that are down do not answer.
    func rateBitsPerSecond(ofInterface name: String) -> Int? {
        guard let megabits = integer("class/net/\(name)/speed"),
            (1...100_000_000).contains(megabits)
        else { return nil }
        return megabits * 1_000_000
    }

    func mtuBytes(ofInterface name: String) -> Int? {
        integer("class/net/\(name)/mtu").flatMap { $0 > 0 ? $0 : nil }
    }
}

extension LiveHost {
    /// An RDMA device that is made in software over one of these interfaces, such as Soft-RoCE:
    /// hwloc shows none, for they hang nowhere.
    func softwareOpenFabrics(over interfaces: [String]) -> String? {
        names(in: "class/infiniband").first { name in
            guard !exists("class/infiniband/\(name)/device") else { return false }
            let below =
                text("class/infiniband/\(name)/parent") ?? interface(ofOpenFabrics: name, port: 1)
            return below.map(interfaces.contains) ?? false
        }
    }

    func ports(ofOpenFabrics name: String) -> [Int] {
        names(in: "class/infiniband/\(name)/ports").compactMap { Int($0) }.sorted()
    }

    /// `4: ACTIVE`
    func state(ofOpenFabrics name: String, port: Int) -> NIC.Port.State? {
        guard let text = text("class/infiniband/\(name)/ports/\(port)/state"),
            let number = Int(text.prefix { $0 != ":" })
        else { return nil }
        return number == 4 ? .up : .down
    }

    /// `100 Gb/sec (4X EDR)`; devices made in software make it up.
    func rateBitsPerSecond(ofOpenFabrics name: String, port: Int) -> Int? {
        guard exists("class/infiniband/\(name)/device") else { return nil }
        let words = text("class/infiniband/\(name)/ports/\(port)/rate")?.split(separator: " ") ?? []
        guard words.count >= 2, words[1] == "Gb/sec", let gigabits = Double(words[0]),
            gigabits > 0, gigabits < 1e6
        else { return nil }
        return Int(gigabits * 1e9)
    }

    func kind(ofOpenFabrics name: String, port: Int) -> NIC.Kind? {
        // iWARP devices call themselves RNICs.
        if text("class/infiniband/\(name)/node_type")?.hasPrefix("4") == true { return .iWARP }
        return switch text("class/infiniband/\(name)/ports/\(port)/link_layer") {
        case "InfiniBand": .infiniBand
        case "Ethernet": .roce
        default: nil
        }
    }

    /// The interface that a RoCE port's addresses belong to.
    func interface(ofOpenFabrics name: String, port: Int) -> String? {
        text("class/infiniband/\(name)/ports/\(port)/gid_attrs/ndevs/0")
    }

    /// The entries that are in use.
    func gids(ofOpenFabrics name: String, port: Int) -> [NIC.GID] {
        let folder = "class/infiniband/\(name)/ports/\(port)"
        let isInfiniBand = kind(ofOpenFabrics: name, port: port) == .infiniBand
        let indices = names(in: "\(folder)/gids").compactMap { Int($0) }.sorted()
        return indices.compactMap { index in
            guard let value = text("\(folder)/gids/\(index)"),
                value.contains(where: { $0 != "0" && $0 != ":" })
            else { return nil }
            let kind: NIC.GID.Kind? =
                switch text("\(folder)/gid_attrs/types/\(index)") {
                case "RoCE v2": .roceV2
                case "IB/RoCE v1": isInfiniBand ? .infiniBand : .roceV1
                default: nil
                }
            return NIC.GID(index: index, value: value, kind: kind)
        }
    }
}
