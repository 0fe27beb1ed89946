/// The four sets of an object, which must fit into those of its parent.
struct ObjectSets {
    var processors: Bitmap
    /// With those that are offline or not allowed.
    var completeProcessors: Bitmap
    var nodes: Bitmap
    var completeNodes: Bitmap

    /// - Throws: where a set is missing, unreadable, infinite, or outside of its parent's.
    init(of element: XMLElement, below parent: ImportedParent?) throws(TopologyError) {
        processors = try Self.set("cpuset", of: element)
        nodes = try Self.set("nodeset", of: element)
        completeProcessors =
            element.attributes["complete_cpuset"] == nil
            ? processors : try Self.set("complete_cpuset", of: element)
        completeNodes =
            element.attributes["complete_nodeset"] == nil
            ? nodes : try Self.set("complete_nodeset", of: element)
        guard processors.isSubset(of: completeProcessors), nodes.isSubset(of: completeNodes) else {
            throw XMLImport.fault("a complete set lacks members of the set", element)
        }
        guard let parent else { return }
        guard processors.isSubset(of: parent.processors),
            completeProcessors.isSubset(of: parent.completeProcessors)
        else { throw XMLImport.fault("its cpuset is not in that of what it stands in", element) }
        guard nodes.isSubset(of: parent.nodes), completeNodes.isSubset(of: parent.completeNodes)
        else { throw XMLImport.fault("its nodeset is not in that of what it stands in", element) }
    }

    private static func set(
        _ name: String, of element: XMLElement
    ) throws(TopologyError) -> Bitmap {
        guard let text = element.attributes[name] else {
            throw XMLImport.fault("an object without \(name)", element)
        }
        guard let set = Bitmap(hwlocText: text) else {
            throw XMLImport.fault(
                "\(name) is no set of numbers below \(Bitmap.indexLimit)", element)
        }
        return set
    }

    var attributes: [(String, String)] {
        [
            ("cpuset", processors.hwlocText), ("complete_cpuset", completeProcessors.hwlocText),
            ("nodeset", nodes.hwlocText), ("complete_nodeset", completeNodes.hwlocText),
        ]
    }

    /// hwloc complains about siblings in another order than that of their first processors, those
    /// without any being last.
    var order: Int { completeProcessors.first ?? Int.max }

    func parent(_ rank: ObjectRank, types: [String]) -> ImportedParent {
        ImportedParent(
            rank: rank, processors: processors, completeProcessors: completeProcessors,
            nodes: nodes, completeNodes: completeNodes, types: types)
    }
}
