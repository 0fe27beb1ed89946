internal import CHwloc
internal import Platform

/// The one owner of a topology that hwloc loaded.
@safe struct TopologyHandle: ~Copyable {
    private let topology: hwloc_topology_t

    /// Everything that hwloc sees of this host; blocks until hwloc has looked.
    init(host components: HostTopology.Components) throws(TopologyError) {
        var loaded: hwloc_topology_t?
        let failed = unsafe chwloc_load(&loaded, nil, 0, components.blocked)
        guard failed == 0, let loaded = unsafe loaded else {
            throw TopologyError(
                .discovery, "hwloc cannot look at this host: \(SystemError.text(of: -failed))",
                systemCode: -failed, remedy: "see whether lstopo runs here")
        }
        unsafe topology = loaded
    }

    /// The machine of an XML text. hwloc believes what it reads, so the text must be one that
    /// `XMLImport` wrote.
    init(trusted xml: String) throws(TopologyError) {
        var loaded: hwloc_topology_t?
        var text = xml
        let failed = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                unsafe chwloc_load(&loaded, characters.baseAddress, Int32(characters.count), "")
            }
        }
        guard failed == 0, let loaded = unsafe loaded else {
            throw TopologyError(
                .content, "hwloc cannot use it: \(SystemError.text(of: -failed))",
                systemCode: -failed)
        }
        unsafe topology = loaded
    }

    deinit {
        unsafe hwloc_topology_destroy(topology)
    }

    /// Copies everything that Martlet looks at.
    borrowing func tree() -> Tree {
        var objects: [TreeObject] = []
        if let root = unsafe hwloc_get_obj_by_depth(topology, 0, 0) {
            unsafe Self.copy(root, below: nil, into: &objects)
        }
        return Tree(
            objects: objects,
            allowedProcessors: unsafe Bitmap(hwloc_topology_get_allowed_cpuset(topology)),
            distances: distances())
    }

    private static func copy(
        _ object: hwloc_obj_t, below parent: Int?, into objects: inout [TreeObject]
    ) {
        let index = objects.count
        var copied = unsafe TreeObject(object.pointee)
        copied.parent = parent
        if let parent {
            objects[parent].children.append(index)
            if copied.isInputOutput {
                copied.processors = objects[parent].processors
                copied.nodes = objects[parent].nodes
            }
        }
        objects.append(copied)
        unsafe copyList(object.pointee.first_child, below: index, into: &objects)
        unsafe copyList(object.pointee.memory_first_child, below: index, into: &objects)
        unsafe copyList(object.pointee.io_first_child, below: index, into: &objects)
    }

    private static func copyList(
        _ first: hwloc_obj_t?, below parent: Int, into objects: inout [TreeObject]
    ) {
        var next = unsafe first
        while let child = unsafe next {
            unsafe copy(child, below: parent, into: &objects)
            unsafe next = child.pointee.next_sibling
        }
    }

    private borrowing func distances() -> [Tree.NodePair: Int] {
        var count: UInt32 = 1
        var matrix: UnsafeMutablePointer<hwloc_distances_s>?
        let failed = unsafe hwloc_distances_get_by_type(
            topology, HWLOC_OBJ_NUMANODE, &count, &matrix,
            UInt(HWLOC_DISTANCES_KIND_MEANS_LATENCY.rawValue), 0)
        guard failed == 0, count > 0, let matrix = unsafe matrix else { return [:] }
        defer { unsafe hwloc_distances_release(topology, matrix) }
        var found: [Tree.NodePair: Int] = [:]
        let nodeCount = unsafe Int(matrix.pointee.nbobjs)
        for from in 0..<nodeCount {
            for to in 0..<nodeCount {
                guard let source = unsafe matrix.pointee.objs[from],
                    let target = unsafe matrix.pointee.objs[to]
                else { continue }
                let pair = unsafe Tree.NodePair(
                    from: Int(source.pointee.os_index), to: Int(target.pointee.os_index))
                found[pair] = unsafe Int(
                    clamping: matrix.pointee.values[from * nodeCount + to])
            }
        }
        return found
    }
}
