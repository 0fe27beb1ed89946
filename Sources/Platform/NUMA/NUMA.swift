internal import CLinux
internal import CNuma

/// Where threads run and memory lies on a machine of several NUMA nodes. A node is the kernel's
/// number of it.
package enum NUMA {
    /// Whether the kernel serves NUMA policies here; containers may forbid them.
    package static let isAvailable = cnuma_is_available() == 1

    /// The nodes of which this process may have memory, ascending; empty where none can be asked for.
    package static var allowedNodes: [Int] {
        guard isAvailable, cnuma_highest_node() >= 0 else { return [] }
        return (0...Int(cnuma_highest_node())).filter { cnuma_may_allocate(Int32($0)) == 1 }
    }

    /// The node of a processor, nil when there is no such processor.
    package static func node(ofProcessor processor: Int) -> Int? {
        guard isAvailable else { return nil }
        let node = cnuma_node_of_processor(Int32(clamping: processor))
        return node < 0 ? nil : Int(node)
    }

    /// The node on which the calling thread runs at this moment.
    package static var currentNode: Int? {
        let node = isAvailable ? cnuma_current_node() : -1
        return node < 0 ? nil : Int(node)
    }

    /// Lets the calling thread run only on those of its processors that the node has; threads that
    /// it starts later inherit that. Returns their count. Throws, and changes nothing, where it has
    /// none there.
    @discardableResult
    package static func runThread(onNode node: Int) throws(SystemError) -> Int {
        let count = isAvailable ? cnuma_run_thread(Int32(clamping: node)) : -ENOSYS
        return Int(try check(count, "run on NUMA node \(node)"))
    }

    /// Asks for whole pages on a node and moves those that exist. Where the node is full the kernel
    /// takes another; ``pageCountByNode(_:)`` tells.
    package static func prefer(
        node: Int, for memory: UnsafeMutableRawBufferPointer
    ) throws(SystemError) {
        guard let start = memory.baseAddress else { return }
        let result =
            isAvailable ? unsafe cnuma_prefer(start, memory.count, Int32(clamping: node)) : -ENOSYS
        try check(result, "place memory on NUMA node \(node)")
    }

    /// How many pages of the memory lie on each node, as the kernel says. Pages that were never
    /// touched lie nowhere and are not counted.
    package static func pageCountByNode(
        _ memory: UnsafeRawBufferPointer
    ) throws(SystemError) -> [Int: Int] {
        guard isAvailable else { throw SystemError(code: ENOSYS, operation: "locate memory") }
        guard let start = memory.baseAddress else { return [:] }
        let pageCount =
            (memory.count + MemoryMapping.pageByteCount - 1) / MemoryMapping.pageByteCount
        let first = unsafe UnsafeMutableRawPointer(mutating: start)
        var counts: [Int: Int] = [:]
        // In batches: the question is as long as the answer.
        let batch = 1 << 12
        for begin in stride(from: 0, to: pageCount, by: batch) {
            let nodes = try unsafe locate(first, begin..<min(begin + batch, pageCount))
            for node in nodes where node >= 0 { counts[Int(node), default: 0] += 1 }
        }
        return counts
    }

    /// The node of each page, or a negated errno.
    private static func locate(
        _ first: UnsafeMutableRawPointer, _ indices: Range<Int>
    ) throws(SystemError) -> [Int32] {
        var pages: [UnsafeMutableRawPointer?] = unsafe []
        unsafe pages.reserveCapacity(indices.count)
        for index in indices {
            unsafe pages.append(first + index * MemoryMapping.pageByteCount)
        }
        var nodes = [Int32](repeating: -1, count: indices.count)
        let result = unsafe cnuma_locate(pages, indices.count, &nodes)
        try check(result, "locate \(indices.count) pages")
        return nodes
    }
}
