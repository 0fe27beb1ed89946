import Glibc
import Martlet
import Platform

/// Says where the kernel put memory and threads, on every NUMA node and for a rank of one, and on which
/// node the topology has each RDMA device, and fails where that is not right. `scripts/check-placement` runs it on a machine with
/// two nodes.
@main struct PlacementProbe {
    static func main() {
        do {
            let nodes = NUMA.allowedNodes
            print("NUMA nodes with memory: \(nodes)")
            guard nodes.count > 1, let last = nodes.last else {
                return fail("a machine with one node shows nothing")
            }
            for node in nodes { try checkNode(node) }
            try checkNICs()
            try checkRankByNIC()
            // From here on this is a process that may run on the last node only.
            try NUMA.runThread(onNode: last)
            try checkRank(on: last)
            print("memory and threads are where they belong")
        } catch {
            fail("\(error)")
        }
    }

    private static func fail(_ message: String) {
        print("FAILED: \(message)")
        exit(1)
    }

    static func expect(_ isTrue: Bool, _ message: String) {
        print("\(isTrue ? "right" : "WRONG"): \(message)")
        if !isTrue { exit(1) }
    }

    private static func checkNode(_ node: Int) throws {
        let pageCount = 4096
        let memory = try MemoryMapping(
            byteCount: pageCount * MemoryMapping.pageByteCount, node: node)
        memory.bytes.initializeMemory(as: UInt8.self, repeating: 1)
        let counts = try NUMA.pageCountByNode(UnsafeRawBufferPointer(memory.bytes))
        expect(
            counts == [node: pageCount], "memory asked for on node \(node): pages by node \(counts)"
        )
        let seen = Monitor(-1)
        let thread = try Thread(name: "bound", node: node) {
            seen.update { $0 = NUMA.currentNode ?? -1 }
        }
        thread.join()
        let here = seen.update { $0 }
        expect(here == node, "a thread asked for on node \(node) runs on node \(here)")
    }

    /// A rank of one that works on a node: the library's memory and threads go there.
    static func checkRank(on node: Int) throws {
        var options = JoinOptions()
        options.rank = 0
        options.rankCount = 1
        let world = try Communicator.join(options)
        print(world.describe())
        let count = 4 << 20
        let buffer = try world.allocate(repeating: Float(1), count: count)
        let counts = buffer.withSpan { span in
            span.withUnsafeBytes { try? NUMA.pageCountByNode($0) }
        }
        expect(
            counts == [node: count * 4 / MemoryMapping.pageByteCount],
            "a buffer of the rank: pages by node \(counts ?? [:])")
        let pending = try world.startAllReduce(buffer, .sum)
        _ = try pending.wait()
        for (name, processors) in threads() where name.hasPrefix("martlet") {
            let nodes = Set(processors.compactMap { NUMA.node(ofProcessor: $0) })
            expect(nodes == [node], "thread \(name) runs on nodes \(nodes.sorted())")
        }
        world.leave()
    }

    /// The threads of this process, and the processors that each may run on.
    private static func threads() -> [(name: String, processors: [Int])] {
        let names = (try? FilePath("/proc/self/task").names()) ?? []
        return names.map { thread in
            let text = (try? FileDescriptor.contents(of: "/proc/self/task/\(thread)/status")) ?? []
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
            func value(_ key: String) -> String {
                let line = lines.first { $0.hasPrefix(key + ":") } ?? ""
                return String(line.drop { $0 != "\t" }.dropFirst())
            }
            return (value("Name"), indices(value("Cpus_allowed_list")))
        }
    }

    /// `0-3,8`
    private static func indices(_ list: String) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last else { return [] }
            return Array(first...last)
        }
    }
}
