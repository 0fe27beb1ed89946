/// What a child has to agree with.
struct ImportedParent {
    var rank: ObjectRank
    var processors: Bitmap
    var completeProcessors: Bitmap
    var nodes: Bitmap
    var completeNodes: Bitmap
    /// Types from the root down to the parent.
    var types: [String]
}

/// hwloc's families of objects.
enum ObjectRank {
    case normal, memory, inputOutput

    init?(type: String) {
        switch type {
        case "Machine", "Package", "Die", "Core", "PU", "Group", "L1Cache", "L2Cache", "L3Cache",
            "L4Cache", "L5Cache", "L1iCache", "L2iCache", "L3iCache":
            self = .normal
        case "NUMANode", "MemCache": self = .memory
        case "Bridge", "PCIDev", "OSDev": self = .inputOutput
        default: return nil
        }
    }
}

extension XMLImport {
    mutating func writeRoot(_ root: XMLElement) throws(TopologyError) {
        guard root.attributes["type"] == "Machine" else {
            throw Self.fault("expected a Machine at the root", root)
        }
        let sets = try ObjectSets(of: root, below: nil)
        var attributes = sets.attributes
        for (name, whole) in [("allowed_cpuset", sets.processors), ("allowed_nodeset", sets.nodes)]
        {
            guard let text = root.attributes[name] else { continue }
            guard let allowed = Bitmap(hwlocText: text) else {
                throw Self.fault("bad \(name)", root)
            }
            attributes.append((name, allowed.intersection(whole).hwlocText))
        }
        open("object", [("type", "Machine"), ("gp_index", "\(newIdentifier())")] + attributes)
        try writeContents(of: root, sets.parent(.normal, types: ["Machine"]))
        close("object")
        guard !processors.isEmpty, processors == sets.processors else {
            throw Self.fault("the machine's cpuset is not that of its processing units", root)
        }
        guard !nodes.isEmpty, nodes == sets.nodes else {
            throw Self.fault("the machine's nodeset is not that of its NUMA nodes", root)
        }
    }

    /// Infos, then children in the order that hwloc wants: those of processors by their first.
    private mutating func writeContents(
        of element: XMLElement, _ parent: ImportedParent
    ) throws(TopologyError) {
        writeInfos(of: element)
        let objects = element.children.filter { $0.name == "object" }
        guard objects.count <= Self.siblingLimit else {
            throw TopologyError(
                .limit, "more than \(Self.siblingLimit) objects below one", line: element.line)
        }
        // Misc objects hold nothing that Martlet looks at.
        let known = objects.filter { $0.attributes["type"] != "Misc" }
        var normal: [(sets: ObjectSets, element: XMLElement)] = []
        var taken = Bitmap()
        for child in known where ObjectRank(type: child.attributes["type"] ?? "") == .normal {
            let sets = try ObjectSets(of: child, below: parent)
            guard !taken.intersects(sets.completeProcessors) else {
                throw Self.fault("its processors belong to a sibling too", child)
            }
            taken.formUnion(sets.completeProcessors)
            normal.append((sets, child))
        }
        normal.sort { $0.sets.order < $1.sets.order }
        for (sets, child) in normal { try writeNormal(child, sets, parent) }
        for child in known {
            switch ObjectRank(type: child.attributes["type"] ?? "") {
            case .normal: break
            case .memory: try writeMemory(child, parent)
            case .inputOutput: try writeInputOutput(child, parent)
            case nil:
                let type = Self.printable(child.attributes["type"] ?? "nothing")
                throw Self.fault("hwloc 2.9 knows no object of type '\(type)'", child)
            }
        }
    }

    private mutating func writeNormal(
        _ element: XMLElement, _ sets: ObjectSets, _ parent: ImportedParent
    ) throws(TopologyError) {
        let type = element.attributes["type"] ?? ""
        guard parent.rank == .normal, parent.types.last != "PU" else {
            throw Self.fault("\(type) cannot stand below \(parent.types.last ?? "")", element)
        }
        guard type == "Group" || !parent.types.contains(type) else {
            throw Self.fault("\(type) stands below another one", element)
        }
        var attributes = try commonAttributes(element)
        if type == "PU" { try take(processor: element, sets) }
        if type.hasSuffix("Cache") { attributes += try cacheAttributes(element, type) }
        open("object", attributes + sets.attributes)
        try writeContents(of: element, sets.parent(.normal, types: parent.types + [type]))
        close("object")
    }

    /// A processing unit is what its number says, and there is one of each.
    private mutating func take(
        processor element: XMLElement, _ sets: ObjectSets
    ) throws(TopologyError) {
        guard let index = element.attributes["os_index"].flatMap({ Int($0) }),
            (0..<Bitmap.indexLimit).contains(index), sets.completeProcessors == Bitmap([index])
        else { throw Self.fault("a processing unit's cpuset is not its os_index", element) }
        processors.formUnion(sets.processors)
    }

    private mutating func writeMemory(
        _ element: XMLElement, _ parent: ImportedParent
    ) throws(TopologyError) {
        let type = element.attributes["type"] ?? ""
        guard parent.rank != .inputOutput, parent.types.last != "NUMANode",
            parent.types.last != "PU"
        else { throw Self.fault("\(type) cannot stand below \(parent.types.last ?? "")", element) }
        let sets = try ObjectSets(of: element, below: parent)
        var attributes = try commonAttributes(element)
        if type == "NUMANode" {
            guard let index = element.attributes["os_index"].flatMap({ Int($0) }),
                (0..<Bitmap.indexLimit).contains(index), sets.completeNodes == Bitmap([index]),
                sets.nodes == sets.completeNodes, !nodes.contains(index)
            else { throw Self.fault("a NUMA node's nodeset is not its os_index alone", element) }
            nodes.insert(index)
            guard nodes.count <= Self.nodeLimit else {
                throw TopologyError(
                    .limit, "more than \(Self.nodeLimit) NUMA nodes", line: element.line)
            }
            attributes += try numbers(["local_memory"], of: element, below: 1 << 60)
        } else {
            // hwloc keeps one type for caches in front of memory.
            attributes += try numbers(["cache_size"], of: element, below: 1 << 60)
            attributes += [("depth", "1"), ("cache_type", "0")]
        }
        open("object", attributes + sets.attributes)
        for pages in element.children.prefix(16) where pages.name == "page_type" {
            leaf("page_type", try numbers(["size", "count"], of: pages, below: 1 << 60))
        }
        try writeContents(of: element, sets.parent(.memory, types: parent.types + [type]))
        close("object")
    }

    private mutating func writeInputOutput(
        _ element: XMLElement, _ parent: ImportedParent
    ) throws(TopologyError) {
        let type = element.attributes["type"] ?? ""
        guard parent.rank != .memory, parent.types.last != "OSDev" || type == "OSDev" else {
            throw Self.fault("\(type) cannot stand below \(parent.types.last ?? "")", element)
        }
        guard element.attributes["cpuset"] == nil, element.attributes["nodeset"] == nil else {
            throw Self.fault("\(type) has sets of its own", element)
        }
        guard let attributes = try deviceAttributes(element, type, parent) else {
            return note("file", "line \(element.line): hwloc 2.9 cannot hold this \(type)")
        }
        open("object", try commonAttributes(element) + attributes)
        var inner = parent
        inner.rank = .inputOutput
        inner.types.append(type)
        try writeContents(of: element, inner)
        close("object")
    }

    private mutating func writeInfos(of element: XMLElement) {
        let infos = element.children.lazy.filter { $0.name == "info" }.prefix(256)
        for info in infos {
            guard let name = info.attributes["name"], let value = info.attributes["value"],
                !name.isEmpty
            else { continue }
            leaf(
                "info", [("name", String(name.prefix(64))), ("value", String(value.prefix(1024)))])
        }
    }
}
