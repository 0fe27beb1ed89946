/// Finds the ports of one network device: those of its OpenFabrics device, joined by number with its
/// network interfaces.
struct PortSurvey {
    /// An OS device, with hwloc's infos.
    struct Device {
        var name: String
        var infos: [String: String]
    }

    let host: LiveHost?
    /// Of the PCI device.
    let classID: Int
    let openFabrics: Device?
    let interfaces: [Device]

    func ports() -> [NIC.Port] {
        var ports = fabricPorts()
        var rest: [NIC.Port] = []
        for device in interfaces {
            let interface = interfacePort(device)
            if let position = ports.firstIndex(where: { isSame($0, interface, among: ports) }) {
                ports[position].join(interface)
            } else {
                rest.append(interface)
            }
        }
        return (ports + rest).map { finished($0) }
    }

    /// A port of the OpenFabrics device and an interface are the same when their numbers are, or
    /// when there is only one of each.
    private func isSame(_ port: NIC.Port, _ interface: NIC.Port, among ports: [NIC.Port]) -> Bool {
        guard port.interface == nil || port.interface == interface.interface else { return false }
        if port.interface != nil { return true }
        if let number = interface.number { return port.number == number }
        return ports.count == 1 && interfaces.count == 1
    }

    private func finished(_ port: NIC.Port) -> NIC.Port {
        var port = port
        if let name = port.interface { port.add(host, interface: name) }
        return port
    }
}

// MARK: - OpenFabrics

extension PortSurvey {
    private func fabricPorts() -> [NIC.Port] {
        guard let openFabrics else { return [] }
        return portNumbers(of: openFabrics).map { number in
            host.map { livePort(number, of: openFabrics.name, $0) }
                ?? filePort(number, openFabrics.infos)
        }
    }

    /// hwloc's infos are `Port1State`, `Port1LID`, `Port1GID0` and so on.
    private func portNumbers(of device: Device) -> [Int] {
        if let host { return host.ports(ofOpenFabrics: device.name) }
        let numbers = device.infos.keys.filter { $0.hasPrefix("Port") }.compactMap { key in
            Int(key.dropFirst(4).prefix { $0.isNumber })
        }
        return Set(numbers).sorted()
    }

    private func livePort(_ number: Int, of name: String, _ host: LiveHost) -> NIC.Port {
        NIC.Port(
            number: number, kind: host.kind(ofOpenFabrics: name, port: number) ?? guessedKind,
            interface: host.interface(ofOpenFabrics: name, port: number),
            state: host.state(ofOpenFabrics: name, port: number),
            rateBitsPerSecond: host.rateBitsPerSecond(ofOpenFabrics: name, port: number),
            addresses: [], gids: host.gids(ofOpenFabrics: name, port: number))
    }

    private func filePort(_ number: Int, _ infos: [String: String]) -> NIC.Port {
        let prefix = "Port\(number)"
        var port = NIC.Port(number: number, kind: guessedKind, addresses: [], gids: [])
        // Only InfiniBand's subnet manager gives local identifiers.
        if let local = infos["\(prefix)LID"], local != "0x0", local != "0" {
            port.kind = .infiniBand
        }
        if let state = infos["\(prefix)State"].flatMap({ Int($0) }) {
            port.state = state == 4 ? .up : .down
        }
        let gids = infos.filter { $0.key.hasPrefix("\(prefix)GID") }.compactMap { key, value in
            Int(key.dropFirst(prefix.count + 3)).map {
                NIC.GID(index: $0, value: value, kind: port.kind == .infiniBand ? .infiniBand : nil)
            }
        }
        port.gids = gids.sorted { $0.index < $1.index }
        return port
    }

    /// By the PCI class: InfiniBand controllers have subclass 7 of networks, or 6 of serial buses.
    private var guessedKind: NIC.Kind {
        if classID == 0x0207 || classID == 0x0c06 { return .infiniBand }
        return openFabrics == nil ? .ethernet : .roce
    }
}

// MARK: - Interfaces

extension PortSurvey {
    private func interfacePort(_ device: Device) -> NIC.Port {
        var port = NIC.Port(
            kind: openFabrics == nil ? .ethernet : .roce, interface: device.name, addresses: [],
            gids: [])
        port.hardwareAddress =
            device.infos["Address"] ?? host?.text("class/net/\(device.name)/address")
        // InfiniBand's hardware addresses have 20 bytes, Ethernet's six.
        if let address = port.hardwareAddress {
            let isLong = address.split(separator: ":").count == 20
            port.kind = isLong ? .infiniBand : port.kind
        }
        port.number =
            device.infos["Port"].flatMap { Int($0) }
            ?? (openFabrics == nil ? nil : host?.portNumber(ofInterface: device.name))
        return port
    }
}

extension NIC.Port {
    /// Takes over what an interface knows of the same port.
    fileprivate mutating func join(_ interface: NIC.Port) {
        self.interface = interface.interface
        hardwareAddress = interface.hardwareAddress
        if interface.kind == .infiniBand { kind = .infiniBand }
    }

    /// Adds what the running host says of the interface; the OpenFabrics device's word goes first.
    mutating func add(_ host: LiveHost?, interface: String) {
        guard let host else { return }
        state = state ?? host.state(ofInterface: interface)
        rateBitsPerSecond = rateBitsPerSecond ?? host.rateBitsPerSecond(ofInterface: interface)
        mtuBytes = host.mtuBytes(ofInterface: interface)
        addresses = host.addresses[interface] ?? []
    }
}
