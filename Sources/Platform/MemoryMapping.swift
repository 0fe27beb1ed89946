internal import CLinux

/// Memory of this process alone that begins on a page and goes back to the kernel with its owner.
/// It reads as zeros, and takes pages only where it is touched.
@safe package struct MemoryMapping: ~Copyable, @unchecked Sendable {
    // The only owner may hand it to another thread.
    package let bytes: UnsafeMutableRawBufferPointer
    private let mappedByteCount: Int

    package static let pageByteCount = sysconf(Int32(_SC_PAGESIZE))

    /// From so many bytes on the kernel is asked for huge pages.
    private static let hugeByteCount = 4 << 20

    /// Pages near `node` where one is named; the kernel takes another where that is full, and where
    /// it serves no NUMA policies.
    package init(byteCount: Int, node: Int? = nil) throws(SystemError) {
        precondition(byteCount >= 0, "memory cannot have \(byteCount) bytes")
        let pages = max(1, (byteCount + Self.pageByteCount - 1) / Self.pageByteCount)
        let mapped = pages * Self.pageByteCount
        let start = try unsafe Self.map(mapped)
        do throws(SystemError) {
            let whole = unsafe UnsafeMutableRawBufferPointer(start: start, count: mapped)
            if let node, NUMA.isAvailable { try unsafe NUMA.prefer(node: node, for: whole) }
        } catch {
            unsafe munmap(start, mapped)
            throw error
        }
        unsafe bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
        mappedByteCount = mapped
    }

    private static func map(_ byteCount: Int) throws(SystemError) -> UnsafeMutableRawPointer {
        var start: UnsafeMutableRawPointer?
        try check(unsafe clinux_map(byteCount, &start), "map \(byteCount) bytes")
        guard let start = unsafe start else { preconditionFailure("the kernel mapped nothing") }
        // Refused where the system forbids them, which only costs time.
        if byteCount >= hugeByteCount { _ = unsafe madvise(start, byteCount, MADV_HUGEPAGE) }
        return unsafe start
    }

    deinit {
        unsafe munmap(bytes.baseAddress, mappedByteCount)
    }
}
