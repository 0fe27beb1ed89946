extension Survey {
    /// Network devices of their own on a bus, by PCI bus id. What has no device behind it (lo,
    /// bridges, veth) is none; what hangs at a USB controller is no NIC for collectives either.
    mutating func nics() -> [Placed<NIC>] {
        var found: [Placed<NIC>] = []
        let network = nicObjects
        for index in network { found.append(nic(index, "nics[\(found.count)]")) }
        // On buses of hypervisors there is no PCI: virtio over MMIO, netvsc over VMBus.
        for interface in interfacesOffPCI() {
            found.append(nic(interface, "nics[\(found.count)]"))
        }
        noteUnusedDevices(besides: Set(network))
        return found
    }

    /// PCI devices with a network device.
    private var nicObjects: [Int] {
        let found = tree.indices { $0.kind == .pciDevice }.filter { index in
            tree.objects[index].pci?.classID != 0x0c03
                && tree.osDevices(below: index).contains { isNetwork($0) }
        }
        return tree.sortedByBus(found)
    }

    /// How many paths there will be.
    var pairCount: Int {
        acceleratorObjects.count.multipliedReportingOverflow(by: nicObjects.count).partialValue
    }

    private func isNetwork(_ index: Int) -> Bool {
        switch tree.objects[index].kind {
        case .osDevice(.network), .osDevice(.openFabrics): true
        default: false
        }
    }

    private func interfacesOffPCI() -> [String] {
        let shown = tree.indices {
            $0.kind == .osDevice(.network) && $0.parent != nil
        }.filter { index in
            tree.ancestors(of: index).contains { tree.objects[$0].kind == .pciDevice }
        }
        let names = Set(shown.compactMap { tree.objects[$0].name })
        return (host?.physicalInterfaces ?? []).filter { !names.contains($0) }
    }

    /// Network and InfiniBand controllers without an interface: given to a virtual machine, or
    /// without a driver.
    private mutating func noteUnusedDevices(besides network: Set<Int>) {
        for index in tree.indices(where: { $0.kind == .pciDevice }) where !network.contains(index) {
            guard let pci = tree.objects[index].pci,
                pci.classID >> 8 == 0x02 || pci.classID == 0x0c06
            else { continue }
            note(
                "nics[pciBusId=\(pci.busID)]",
                "it has no interface: no driver of this host serves it")
        }
    }

    private mutating func nic(_ index: Int, _ path: String) -> Placed<NIC> {
        let devices = tree.osDevices(below: index)
        let location = location(of: index, path)
        func named(_ kind: TreeObject.OSDeviceKind) -> [PortSurvey.Device] {
            devices.map { tree.objects[$0] }.filter { $0.kind == .osDevice(kind) }.compactMap {
                object in
                object.name.map { PortSurvey.Device(name: $0, infos: object.infos) }
            }
        }
        let survey = portSurvey(
            classID: location.pci?.classID ?? 0, openFabrics: named(.openFabrics).first,
            interfaces: named(.network))
        let reason = "the list of PCI names was not asked or does not know it"
        return Placed(
            device: nic(
                survey, location,
                vendor: known(info(["PCIVendor"], of: [index]), "\(path).vendor", reason),
                model: known(info(["PCIDevice"], of: [index]), "\(path).model", reason), path),
            place: index)
    }

    /// An interface whose device is not on PCI.
    private mutating func nic(_ interface: String, _ path: String) -> Placed<NIC> {
        let reason = "its device is not on PCI"
        for fact in ["pciBusId", "vendor", "model", "numaNodes"] { note("\(path).\(fact)", reason) }
        let survey = portSurvey(
            classID: 0, openFabrics: nil,
            interfaces: [PortSurvey.Device(name: interface, infos: [:])])
        let everywhere = Location(processors: processors)
        return Placed(
            device: nic(survey, everywhere, vendor: nil, model: nil, path), place: nil)
    }

    private func portSurvey(
        classID: Int, openFabrics: PortSurvey.Device?, interfaces: [PortSurvey.Device]
    ) -> PortSurvey {
        let software = host?.softwareOpenFabrics(over: interfaces.map(\.name))
        return PortSurvey(
            host: host, classID: classID,
            openFabrics: openFabrics ?? software.map { PortSurvey.Device(name: $0, infos: [:]) },
            interfaces: interfaces)
    }

    private mutating func nic(
        _ survey: PortSurvey, _ location: Location, vendor: String?, model: String?, _ path: String
    ) -> NIC {
        let ports = survey.ports()
        let openFabrics = survey.openFabrics?.name
        if ports.isEmpty { note("\(path).ports", absence("its driver shows none")) }
        for (position, port) in ports.enumerated() {
            noteUnknown(of: port, "\(path).ports[\(position)]", isRDMA: openFabrics != nil)
        }
        let kinds = ports.map(\.kind)
        return NIC(
            kind: NIC.Kind.allCases.first(where: kinds.contains)
                ?? (openFabrics == nil ? .ethernet : .infiniBand),
            openFabrics: openFabrics, ports: ports, vendor: vendor, model: model,
            pci: location.pci, numaNodes: location.numaNodes, processors: location.processors,
            rail: nil)
    }

    private mutating func noteUnknown(of port: NIC.Port, _ path: String, isRDMA: Bool) {
        let reason = absence("its driver does not say")
        if isRDMA, port.number == nil { note("\(path).number", reason) }
        if port.interface == nil { note("\(path).interface", absence("it has none")) }
        if port.interface != nil, port.hardwareAddress == nil {
            note("\(path).hardwareAddress", reason)
        }
        if port.state == nil { note("\(path).state", reason) }
        if port.rateBitsPerSecond == nil { note("\(path).rateBitsPerSecond", reason) }
        if port.interface != nil, port.mtuBytes == nil { note("\(path).mtuBytes", reason) }
        if host == nil { note("\(path).addresses", reason) }
        if isRDMA, port.gids.isEmpty { note("\(path).gids", reason) }
    }
}
