import Platform
import Topology

// For people: one line for each thing, the long names last.

extension TopologyReport {
    var text: String {
        let sections = [head, packages, numa, accelerators, nics, paths, rails, unknown]
        return sections.filter { !$0.isEmpty }
            .map { $0.joined(separator: "\n") + "\n" }
            .joined(separator: "\n")
    }

    private var head: [String] {
        ["host: \(hostTitle)", "processing units: \(Self.text(topology.processors))"]
    }

    private static func text(_ processors: Processors) -> String {
        let whole = "\(processors.whole.count) (\(processors.whole))"
        if processors.allowed == processors.whole { return "\(whole), all allowed" }
        return "\(whole), \(processors.allowed.count) allowed (\(processors.allowed))"
    }

    private static let absent = "-"

    /// Their OS indices.
    private func nodes(_ indices: [Int]?) -> String {
        guard let indices else { return Self.absent }
        return indices.map { "\(topology.numaNodes[$0].osIndex)" }.joined(separator: ",")
    }
}

// MARK: - Processors and memory

extension TopologyReport {
    private var packages: [String] {
        guard !topology.packages.isEmpty else { return [] }
        var table = TextTable()
        table.add(["", "cores", "units", "NUMA", "caches", "model"])
        for (index, package) in topology.packages.enumerated() {
            table.add([
                "\(package.osIndex ?? index)", "\(package.coreCount)",
                "\(package.processors.whole.count)", nodes(package.numaNodes),
                Self.text(package.caches), package.model ?? Self.absent,
            ])
        }
        return ["packages"] + table.lines
    }

    /// From the largest: `L3 20 MiB, L2 8x256 KiB`; without those for instructions.
    static func text(_ caches: [Cache]) -> String {
        let shown = caches.filter { $0.kind != .instruction }
        guard !shown.isEmpty else { return absent }
        return shown.map { cache in
            let size = cache.byteCount.map(BinarySize.text) ?? "unknown"
            return "L\(cache.level) \(cache.count > 1 ? "\(cache.count)x" : "")\(size)"
        }.joined(separator: ", ")
    }

    private var numa: [String] {
        guard !topology.numaNodes.isEmpty else { return [] }
        var table = TextTable()
        table.add(["node", "memory", "kind", "huge pages", "distances", "NIC", "units"])
        for (index, node) in topology.numaNodes.enumerated() {
            table.add([
                "\(node.osIndex)", node.memoryBytes.map(BinarySize.text) ?? Self.absent,
                node.kind.map { "\($0.rawValue)" } ?? Self.absent, Self.hugePages(of: node),
                node.distances.map { $0.map(String.init).joined(separator: " ") } ?? Self.absent,
                topology.bestNICOfNode[index].map { nicTitles[$0] } ?? Self.absent,
                "\(node.processors.whole)",
            ])
        }
        return ["NUMA nodes"] + table.lines
    }

    private static func hugePages(of node: NUMANode) -> String {
        guard node.pages.count > 1 else { return absent }
        let huge = node.pages.dropFirst().filter { $0.count > 0 }
        guard !huge.isEmpty else { return "none" }
        return huge.map { "\($0.count)x\(BinarySize.text($0.pageBytes))" }.joined(separator: ",")
    }
}

// MARK: - Devices

extension TopologyReport {
    private var accelerators: [String] {
        guard !topology.accelerators.isEmpty else { return ["accelerators: none"] }
        var table = TextTable()
        table.add(["", "names", "bus id", "NUMA", "memory", "PCI link", "NIC", "model"])
        for (index, accelerator) in topology.accelerators.enumerated() {
            table.add([
                "\(index)",
                accelerator.names.isEmpty
                    ? Self.absent : accelerator.names.joined(separator: " "),
                accelerator.pci.map { "\($0.busID)" } ?? Self.absent,
                nodes(accelerator.numaNodes),
                accelerator.memoryBytes.map(BinarySize.text) ?? Self.absent,
                Self.link(accelerator.pci), bestNIC(of: index), accelerator.model ?? Self.absent,
            ])
        }
        return ["accelerators"] + table.lines
    }

    private func bestNIC(of index: Int) -> String {
        guard let nic = topology.accelerators[index].bestNIC else { return Self.absent }
        let path = topology.affinity(index, nic).path?.name
        return nicTitles[nic] + (path.map { " \($0)" } ?? "")
    }

    /// `16 GT/s x16`, and what it could be where it is less.
    static func link(_ pci: PCIFunction?) -> String {
        guard let pci else { return absent }
        guard let link = pci.link else {
            return pci.linkBytesPerSecond.map(DecimalRate.bytes) ?? absent
        }
        guard let best = pci.bestLink, best != link else { return text(link) }
        return "\(text(link)) of \(text(best))"
    }

    private static func text(_ link: PCILink) -> String {
        "\((Double(link.transfersPerSecond) / 1e9).plain) GT/s x\(link.width)"
    }

    private var nics: [String] {
        guard !topology.nics.isEmpty else { return ["NICs: none"] }
        var table = TextTable()
        table.add([
            "", "name", "interface", "kind", "state", "rate", "MTU", "bus id", "NUMA", "model",
        ])
        for (index, nic) in topology.nics.enumerated() {
            // A line for each port; a NIC without any has one too.
            for (position, port) in ([NIC.Port?](nic.ports) + (nic.ports.isEmpty ? [nil] : []))
                .enumerated()
            {
                let isFirst = position == 0
                table.add([
                    isFirst ? "\(index)" : "", isFirst ? nicTitles[index] : "",
                    port?.interface ?? Self.absent, Self.name(port?.kind ?? nic.kind),
                    port?.state?.rawValue ?? Self.absent,
                    port?.rateBitsPerSecond.map(DecimalRate.bits) ?? Self.absent,
                    port?.mtuBytes.map(String.init) ?? Self.absent,
                    isFirst ? nic.pci.map { "\($0.busID)" } ?? Self.absent : "",
                    isFirst ? nodes(nic.numaNodes) : "",
                    isFirst ? nic.model ?? Self.absent : "",
                ])
            }
        }
        return ["NICs"] + table.lines
    }

    static func name(_ kind: NIC.Kind) -> String {
        switch kind {
        case .infiniBand: "InfiniBand"
        case .roce: "RoCE"
        case .iWARP: "iWARP"
        case .ethernet: "Ethernet"
        }
    }
}

// MARK: - Nearness

extension TopologyReport {
    private var paths: [String] {
        guard !topology.affinity.isEmpty else { return [] }
        var table = TextTable()
        table.add([""] + nicTitles)
        for (index, title) in acceleratorTitles.enumerated() {
            table.add(
                [title]
                    + topology.nics.indices.map { nic in
                        let pair = topology.affinity(index, nic)
                        let rate = pair.bytesPerSecond.map { " " + DecimalRate.bytes($0) } ?? ""
                        return (pair.path?.name ?? "?") + rate
                    })
        }
        return ["paths between accelerators and NICs"] + table.lines
    }

    private var rails: [String] {
        guard !topology.rails.isEmpty else { return [] }
        var table = TextTable()
        for (index, rail) in topology.rails.enumerated() {
            let users = rail.accelerators.map { acceleratorTitles[$0] }
            table.add([
                "\(index)", "\(Self.name(rail.kind)) \(rail.position)", nicTitles[rail.nic],
                users.isEmpty ? "" : "serves \(users.joined(separator: ", "))",
            ])
        }
        return ["rails"] + table.lines
    }
}

// MARK: - What is not known

extension TopologyReport {
    /// By reason; `nics[0].pciLink` and `nics[1].pciLink` become one.
    private var unknown: [String] {
        guard !topology.unknown.isEmpty else { return [] }
        var reasons: [String] = []
        var patterns: [String: [String]] = [:]
        for fact in topology.unknown {
            if patterns[fact.reason] == nil { reasons.append(fact.reason) }
            let pattern = Self.pattern(of: fact.path)
            if patterns[fact.reason]?.contains(pattern) != true {
                patterns[fact.reason, default: []].append(pattern)
            }
        }
        return ["not known"]
            + reasons.flatMap { reason in
                Self.wrapped(patterns[reason] ?? [], indent: 4, first: "  \(reason):")
            }
    }

    private static func pattern(of path: String) -> String {
        var pattern = ""
        var isInside = false
        for character in path {
            if character == "]" { isInside = false }
            if !isInside { pattern.append(character) }
            if character == "[" { isInside = true }
        }
        return pattern
    }

    private static func wrapped(_ words: [String], indent: Int, first: String) -> [String] {
        var lines = [first]
        for word in words {
            let last = lines[lines.count - 1]
            if last.count + 1 + word.count <= 96 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(repeating: " ", count: indent) + word)
            }
        }
        return lines
    }
}
