import Platform
import Topology

// One object; docs/topology.md describes it. What is not known has no key.

extension TopologyReport {
    static let schemaVersion = 1

    var json: String {
        JSONValue.object([
            ("schemaVersion", .integer(Self.schemaVersion)),
            ("source", source),
            ("processors", Self.json(topology.processors)),
            ("packages", Self.list(topology.packages, Self.json)),
            ("numa", Self.list(topology.numaNodes, json)),
            ("accelerators", Self.list(topology.accelerators, Self.json)),
            ("nics", Self.list(topology.nics, Self.json)),
            ("affinity", .array(topology.affinity.map(Self.json))),
            ("rails", Self.list(topology.rails, Self.json)),
            ("unknown", .array(topology.unknown.map(Self.json))),
        ]).text + "\n"
    }

    private var source: JSONValue {
        switch topology.source {
        case .host(let name):
            .object([("kind", .string("host")), ("hostName", .string(name))])
        case .file(let path, let hostName):
            Self.object([
                ("kind", .string("file")), ("path", .string(path)),
                ("hostName", hostName.map(JSONValue.string)),
            ])
        }
    }

    /// Without what is absent.
    private static func object(_ members: [(String, JSONValue?)]) -> JSONValue {
        .object(members.compactMap { name, value in value.map { (name, $0) } })
    }

    /// Each with its index, by which others refer to it.
    private static func list<Element>(
        _ elements: [Element], _ members: (Int, Element) -> [(String, JSONValue?)]
    ) -> JSONValue {
        .array(
            elements.enumerated().map { index, element in
                object([("index", .integer(index))] + members(index, element))
            })
    }

    private static func strings(_ values: [String]) -> JSONValue {
        .array(values.map(JSONValue.string))
    }

    private static func integers(_ values: [Int]) -> JSONValue {
        .array(values.map(JSONValue.integer))
    }
}

// MARK: - Processors and memory

extension TopologyReport {
    private static func json(_ processors: Processors) -> JSONValue {
        .object([
            ("whole", .string("\(processors.whole)")),
            ("wholeCount", .integer(processors.whole.count)),
            ("allowed", .string("\(processors.allowed)")),
            ("allowedCount", .integer(processors.allowed.count)),
        ])
    }

    private static func json(
        _ index: Int, _ package: ProcessorPackage
    ) -> [(String, JSONValue?)] {
        [
            ("osIndex", package.osIndex.map(JSONValue.integer)),
            ("vendor", package.vendor.map(JSONValue.string)),
            ("model", package.model.map(JSONValue.string)),
            ("coreCount", .integer(package.coreCount)),
            ("processors", json(package.processors)),
            ("caches", .array(package.caches.map(json))),
            ("numaNodes", integers(package.numaNodes)),
        ]
    }

    private static func json(_ cache: Cache) -> JSONValue {
        object([
            ("level", .integer(cache.level)), ("kind", .string(cache.kind.rawValue)),
            ("byteCount", cache.byteCount.map(JSONValue.integer)),
            ("count", .integer(cache.count)),
        ])
    }

    private func json(_ index: Int, _ node: NUMANode) -> [(String, JSONValue?)] {
        let pages = node.pages.map { pages in
            JSONValue.object([
                ("pageBytes", .integer(pages.pageBytes)), ("count", .integer(pages.count)),
            ])
        }
        return [
            ("osIndex", .integer(node.osIndex)),
            ("kind", node.kind.map { .string($0.rawValue) }),
            ("memoryBytes", node.memoryBytes.map(JSONValue.integer)),
            ("pages", node.pages.isEmpty ? nil : .array(pages)),
            ("processors", Self.json(node.processors)),
            ("distances", node.distances.map(Self.integers)),
            ("bestNic", topology.bestNICOfNode[index].map(JSONValue.integer)),
        ]
    }
}

// MARK: - Devices

extension TopologyReport {
    private static func json(
        _ index: Int, _ accelerator: Accelerator
    ) -> [(String, JSONValue?)] {
        let named: [(String, JSONValue?)] = [
            ("names", strings(accelerator.names)),
            ("runtimes", strings(accelerator.runtimes)),
            ("vendor", accelerator.vendor.map(JSONValue.string)),
            ("model", accelerator.model.map(JSONValue.string)),
            ("uuid", accelerator.uuid.map(JSONValue.string)),
            ("memoryBytes", accelerator.memoryBytes.map(JSONValue.integer)),
        ]
        return named + json(accelerator.pci) + [
            ("numaNodes", accelerator.numaNodes.map(integers)),
            ("processors", json(accelerator.processors)),
            ("bestNic", accelerator.bestNIC.map(JSONValue.integer)),
            ("rail", accelerator.rail.map(JSONValue.integer)),
        ]
    }

    private static func json(_ pci: PCIFunction?) -> [(String, JSONValue?)] {
        guard let pci else { return [] }
        return [
            ("pciBusId", .string("\(pci.busID)")),
            ("pciVendorId", .string(hexadecimal(pci.vendorID, 4))),
            ("pciDeviceId", .string(hexadecimal(pci.deviceID, 4))),
            ("pciClassId", .string(hexadecimal(pci.classID, 4))),
            ("pciRoot", pci.root.map(JSONValue.string)),
            ("pciLink", pci.link.map(json)),
            ("pciBestLink", pci.bestLink.map(json)),
            ("pciLinkBytesPerSecond", pci.linkBytesPerSecond.map(JSONValue.integer)),
        ]
    }

    private static func json(_ link: PCILink) -> JSONValue {
        .object([
            ("transfersPerSecond", .integer(link.transfersPerSecond)),
            ("width", .integer(link.width)),
            ("bytesPerSecond", .integer(link.bytesPerSecond)),
        ])
    }

    private static func json(_ index: Int, _ nic: NIC) -> [(String, JSONValue?)] {
        let named: [(String, JSONValue?)] = [
            ("kind", .string(nic.kind.rawValue)),
            ("openFabrics", nic.openFabrics.map(JSONValue.string)),
            ("vendor", nic.vendor.map(JSONValue.string)),
            ("model", nic.model.map(JSONValue.string)),
        ]
        return named + json(nic.pci) + [
            ("numaNodes", nic.numaNodes.map(integers)),
            ("processors", json(nic.processors)),
            ("rail", nic.rail.map(JSONValue.integer)),
            ("ports", .array(nic.ports.map(json))),
        ]
    }

    private static func json(_ port: NIC.Port) -> JSONValue {
        object([
            ("number", port.number.map(JSONValue.integer)),
            ("kind", .string(port.kind.rawValue)),
            ("interface", port.interface.map(JSONValue.string)),
            ("hardwareAddress", port.hardwareAddress.map(JSONValue.string)),
            ("state", port.state.map { .string($0.rawValue) }),
            ("rateBitsPerSecond", port.rateBitsPerSecond.map(JSONValue.integer)),
            ("mtuBytes", port.mtuBytes.map(JSONValue.integer)),
            ("addresses", strings(port.addresses)),
            ("gids", .array(port.gids.map(json))),
        ])
    }

    private static func json(_ gid: NIC.GID) -> JSONValue {
        object([
            ("index", .integer(gid.index)), ("value", .string(gid.value)),
            ("kind", gid.kind.map { .string($0.rawValue) }),
        ])
    }
}

// MARK: - Nearness

extension TopologyReport {
    private static func json(_ affinity: Affinity) -> JSONValue {
        object([
            ("accelerator", .integer(affinity.accelerator)), ("nic", .integer(affinity.nic)),
            ("path", affinity.path.map { .string($0.name) }),
            ("bytesPerSecond", affinity.bytesPerSecond.map(JSONValue.integer)),
        ])
    }

    private static func json(_ index: Int, _ rail: Rail) -> [(String, JSONValue?)] {
        [
            ("kind", .string(rail.kind.rawValue)), ("position", .integer(rail.position)),
            ("nic", .integer(rail.nic)), ("accelerators", integers(rail.accelerators)),
        ]
    }

    private static func json(_ fact: UnknownFact) -> JSONValue {
        .object([("path", .string(fact.path)), ("reason", .string(fact.reason))])
    }
}
