import Platform
import Testing

/// What holds on any machine. Several nodes are tested where there are some.
@Suite(.enabled(if: NUMA.isAvailable, "the kernel serves no NUMA policies here"))
struct NUMATests {
    @Test func `every processor has a node, and there is memory of some`() {
        #expect(!NUMA.allowedNodes.isEmpty)
        #expect(NUMA.node(ofProcessor: 0) != nil)
        #expect(NUMA.node(ofProcessor: 1 << 20) == nil)
    }

    @Test(arguments: NUMA.allowedNodes)
    func `memory lies on the node that was asked for`(node: Int) throws {
        let pageCount = 3000
        let memory = try MemoryMapping(
            byteCount: pageCount * MemoryMapping.pageByteCount, node: node)
        #expect(try NUMA.pageCountByNode(UnsafeRawBufferPointer(memory.bytes)).isEmpty)
        memory.bytes.initializeMemory(as: UInt8.self, repeating: 1)
        #expect(
            try NUMA.pageCountByNode(UnsafeRawBufferPointer(memory.bytes)) == [node: pageCount])
    }

    @Test(arguments: NUMA.allowedNodes)
    func `memory that exists is moved`(node: Int) throws {
        let memory = try MemoryMapping(byteCount: 64 * MemoryMapping.pageByteCount)
        memory.bytes.initializeMemory(as: UInt8.self, repeating: 7)
        try NUMA.prefer(node: node, for: memory.bytes)
        #expect(try NUMA.pageCountByNode(UnsafeRawBufferPointer(memory.bytes)) == [node: 64])
        #expect(memory.bytes.allSatisfy { $0 == 7 })
    }

    @Test(arguments: NUMA.allowedNodes)
    func `a thread runs on the processors of a node`(node: Int) throws {
        let result = Monitor<(count: Int, node: Int?)?>(nil)
        let thread = try Thread(name: "bound") {
            let count = (try? NUMA.runThread(onNode: node)) ?? 0
            let here = NUMA.currentNode
            result.update { $0 = (count, here) }
        }
        thread.join()
        let bound = try #require(result.update { $0 })
        // A node of memory alone has no processors.
        if bound.count > 0 { #expect(bound.node == node) }
    }

    @Test func `a node that does not exist is refused`() throws {
        #expect(throws: SystemError.self) { try NUMA.runThread(onNode: 1000) }
        #expect(throws: SystemError.self) { _ = try MemoryMapping(byteCount: 4096, node: 1000) }
        #expect(throws: SystemError.self) { _ = try MemoryMapping(byteCount: 4096, node: -1) }
    }
}
