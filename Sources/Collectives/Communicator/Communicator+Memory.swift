internal import Platform

extension Communicator {
    /// Memory for collectives near where this rank works: on the NUMA node of its accelerator, or of
    /// its processors, where the machine has several (``describe()`` says which). `count` elements,
    /// all of them `value`.
    ///
    /// Where that node is full the kernel takes memory of another, and a warning in the log says how
    /// much. Touches every page, and so blocks for as long as that takes. Throws `invalidArgument`
    /// for a negative count and `system` where there is not so much memory.
    public func allocate<Element: CollectiveElement>(
        repeating value: Element, count: Int
    ) throws(CollectiveError) -> CollectiveBuffer<Element> {
        guard count >= 0 else {
            throw CollectiveError(.invalidArgument, "a buffer cannot have \(count) elements")
        }
        let node = engine.numaNode
        do throws(SystemError) {
            let buffer = try CollectiveBuffer(repeating: value, count: count, node: node)
            if let node { try unsafe Self.verify(UnsafeRawBufferPointer(buffer.bytes), on: node) }
            return buffer
        } catch {
            throw CollectiveError(error, phase: .idle)
        }
    }

    /// The same, of zeros; traps for a negative count, and where there is not so much memory.
    public func allocate<Element: CollectiveElement & ExpressibleByIntegerLiteral>(
        _ type: Element.Type = Element.self, count: Int
    ) -> CollectiveBuffer<Element> {
        do throws(CollectiveError) {
            return try allocate(repeating: 0, count: count)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Asks the kernel where the pages are.
    private static func verify(
        _ memory: UnsafeRawBufferPointer, on node: Int
    ) throws(SystemError) {
        let counts = try unsafe NUMA.pageCountByNode(memory)
        let all = counts.values.reduce(0, +)
        let there = counts[node] ?? 0
        guard there < all else { return }
        Log.write(
            .warning,
            "\(all - there) of \(all) pages of a buffer are not on NUMA node \(node), which is full"
        )
    }
}
