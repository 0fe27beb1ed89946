import NodeAgent
import Platform

/// A node for people, section by section.
struct NodeText {
    private let node: NodeView

    init(_ node: NodeView) {
        self.node = node
    }

    var text: String {
        let sections = [state, identity, processors, memory, accelerators, nics, rest, problems]
        return sections.filter { !$0.isEmpty }.map { $0.map { $0 + "\n" }.joined() }
            .joined(separator: "\n")
    }

    private var state: [String] {
        var table = TextTable()
        table.add(["node", node.nodeId])
        table.add(["state", "\(node.state.rawValue): \(node.reason)"])
        if let since = node.sinceUnixSeconds {
            table.add(["since", "\(Timestamp(milliseconds: since * 1000))"])
        }
        if let order = node.order {
            table.add(["order", "\(order.action.rawValue) by \(order.by)"])
        }
        if let slots = node.record?.slots {
            let from = slots.source == "accelerators" ? "one for each accelerator" : slots.source
            table.add([
                "slots",
                "\(slots.total) (\(from)), \(slots.reserved) reserved, "
                    + "\(node.freeSlots) free",
            ])
        }
        return Self.plain(table)
    }

    private var identity: [String] {
        guard let identity = node.record?.identity else { return [] }
        var table = TextTable()
        table.add(["host", identity.hostname])
        table.add(["addresses", Self.list(identity.addresses)])
        table.add(["boot", identity.bootId])
        table.add(["incarnation", "\(identity.incarnation)"])
        table.add(["generation", "\(identity.generation)"])
        table.add(["agent", identity.agentVersion])
        return Self.plain(table)
    }

    private var processors: [String] {
        guard let cpu = node.record?.cpu else { return [] }
        var table = TextTable()
        table.add(["processors", "\(cpu.wholeCpuset), \(cpu.allowedCount) allowed"])
        if let model = cpu.model { table.add(["", model]) }
        if let quota = cpu.quotaProcessors { table.add(["quota", "\(quota.plain) processors"]) }
        if let bytes = cpu.memoryLimitBytes {
            table.add(["memory limit", BinarySize.text(bytes)])
        }
        return Self.plain(table)
    }

    private var memory: [String] {
        guard let nodes = node.record?.numa, !nodes.isEmpty else { return [] }
        var table = TextTable()
        table.add(["", "memory", "processors", "distances"])
        for node in nodes {
            table.add([
                "\(node.osIndex)", node.memoryBytes.map(BinarySize.text) ?? "-", node.cpuset,
                node.distances.map { $0.map(String.init).joined(separator: " ") } ?? "-",
            ])
        }
        return ["NUMA nodes"] + table.lines
    }

    private var accelerators: [String] {
        guard let devices = node.record?.accelerators else { return [] }
        guard !devices.isEmpty else { return ["accelerators: none"] }
        var table = TextTable()
        table.add(["", "names", "bus id", "memory", "health", "model"])
        for (index, device) in devices.enumerated() {
            table.add([
                "\(index)", Self.list(device.names), device.pciBusId ?? "-",
                device.memoryBytes.map(BinarySize.text) ?? "-", device.health.rawValue,
                device.model ?? "-",
            ])
        }
        return ["accelerators"] + table.lines
    }

    private var nics: [String] {
        guard let devices = node.record?.nics else { return [] }
        guard !devices.isEmpty else { return ["NICs: none"] }
        var table = TextTable()
        table.add(["", "name", "kind", "port", "state", "rate", "MTU", "health"])
        for (index, device) in devices.enumerated() {
            for port in device.ports {
                table.add([
                    "\(index)", device.name, device.kind, port.interface ?? "-",
                    port.state ?? "-", port.rateBitsPerSecond.map(DecimalRate.bits) ?? "-",
                    port.mtuBytes.map(String.init) ?? "-", device.health.rawValue,
                ])
            }
        }
        return ["NICs"] + table.lines
    }

    private var rest: [String] {
        guard let record = node.record else { return [] }
        var lines: [String] = []
        if !record.transports.isEmpty {
            lines.append("transports")
            lines += record.transports.map {
                "  \($0.name): \($0.isUsable ? "usable" : "not usable"), \($0.reason)"
            }
        }
        if !record.conditions.isEmpty {
            lines.append("conditions")
            lines += record.conditions.map { "  \($0.type), \($0.object): \($0.reason)" }
        }
        if let doctor = record.doctor {
            lines.append(
                "doctor: \(doctor.okCount) fine, "
                    + "\(Quantity.count(doctor.warningCount, "warning")), "
                    + Quantity.count(doctor.failureCount, "error"))
        }
        return lines
    }

    private var problems: [String] {
        node.problems.isEmpty ? [] : ["cannot be read"] + node.problems.map { "  \($0)" }
    }

    private static func list(_ words: [String]) -> String {
        words.isEmpty ? "-" : words.joined(separator: " ")
    }

    /// Without the indentation.
    private static func plain(_ table: TextTable) -> [String] {
        table.lines.map { String($0.dropFirst(2)) }
    }
}
