// What follows the objects: distances and properties of memory. Kinds of processors and what the
// exporting host could do are of no use here and left out.

extension XMLImport {
    mutating func writeAnnotation(_ element: XMLElement) throws(TopologyError) {
        switch element.name {
        case "distances2" where element.attributes["type"] == "NUMANode":
            try writeDistances(element)
        case "distances2", "distances2hetero":
            let name = Self.printable(String((element.attributes["name"] ?? "").prefix(64)))
            note("file", "line \(element.line): distances '\(name)' are not read")
        case "memattr": try writeMemoryAttribute(element)
        case "support", "cpukind", "info": break
        default:
            let name = Self.printable(String(element.name.prefix(64)))
            note("file", "line \(element.line): <\(name)> is not read")
        }
    }

    /// A square of numbers over different nodes; hwloc multiplies the count without looking.
    private mutating func writeDistances(_ element: XMLElement) throws(TopologyError) {
        let indices = try Self.values("indexes", of: element)
        let values = try Self.values("u64values", of: element)
        guard indices.count <= 1024, element.attributes["nbobjs"] == "\(indices.count)",
            element.attributes["indexing"] == "os", values.count == indices.count * indices.count,
            Bitmap(indices.filter { $0 < Bitmap.indexLimit }).count == indices.count,
            indices.allSatisfy(nodes.contains), values.allSatisfy({ $0 < 1 << 32 })
        else { throw Self.fault("distances that are no matrix of the NUMA nodes", element) }
        guard indices.count > 1 else { return }
        let kind = try numbers(["kind"], of: element, below: 64)
        let name = Self.printable(String((element.attributes["name"] ?? "").prefix(64)))
        open(
            "distances2",
            [("type", "NUMANode"), ("nbobjs", "\(indices.count)"), ("indexing", "os")] + kind
                + (name.isEmpty ? [] : [("name", name)]))
        content("indexes", Self.list(indices))
        for row in stride(from: 0, to: values.count, by: indices.count) {
            content("u64values", Self.list(Array(values[row..<(row + indices.count)])))
        }
        close("distances2")
    }

    private static func values(
        _ name: String, of element: XMLElement
    ) throws(TopologyError) -> [Int] {
        var found: [Int] = []
        for child in element.children where child.name == name {
            for word in child.text.split(whereSeparator: \.isWhitespace) {
                guard let value = Int(word), value >= 0 else {
                    throw fault("\(name) that are no numbers", child)
                }
                found.append(value)
            }
        }
        return found
    }

    private static func list(_ values: [Int]) -> String {
        values.map { "\($0) " }.joined()
    }

    /// Bandwidths and latencies of NUMA nodes, by which hwloc tells kinds of memory apart.
    private mutating func writeMemoryAttribute(_ element: XMLElement) throws(TopologyError) {
        let flags = ["Bandwidth": "5", "Latency": "6"]
        guard let name = element.attributes["name"], let flag = flags[name],
            element.attributes["flags"] == flag
        else { return }
        var values: [[(String, String)]] = []
        for value in element.children where value.name == "memattr_value" {
            guard value.attributes["target_obj_type"] == "NUMANode",
                let target = value.attributes["target_obj_gp_index"].flatMap({ identifiers[$0] }),
                let initiator = value.attributes["initiator_cpuset"],
                let set = Bitmap(hwlocText: initiator), !set.isEmpty, set.isSubset(of: processors)
            else { continue }
            values.append(
                [
                    ("target_obj_gp_index", "\(target)"), ("target_obj_type", "NUMANode"),
                    ("initiator_cpuset", set.hwlocText),
                ] + (try numbers(["value"], of: value, below: 1 << 60)))
        }
        values.removeAll { $0.count < 4 }
        guard !values.isEmpty else { return }
        open("memattr", [("name", name), ("flags", flag)])
        for value in values { leaf("memattr_value", value) }
        close("memattr")
    }
}
