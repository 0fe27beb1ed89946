internal import Platform

/// Memory for collectives that has one owner: it goes into a non-blocking operation and comes back
/// from it, so nobody can touch it meanwhile. Destroying it frees the memory.
///
/// Aligned to a page. Never blocks and throws nothing; an index outside of `0 ..< count` traps.
@safe public struct CollectiveBuffer<Element: CollectiveElement>: ~Copyable, @unchecked Sendable {
    // The only owner may hand it to another thread; nobody else has the pointer.
    let memory: UnsafeMutableBufferPointer<Element>
    private let owner: MemoryMapping

    /// `count` elements, all of them `value`. Traps for a negative count, and where there is not so
    /// much memory. ``Communicator/allocate(repeating:count:)`` also chooses where it lies.
    public init(repeating value: Element, count: Int) {
        do {
            try self.init(repeating: value, count: count, node: nil)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The same on a NUMA node, by the kernel's number. Elements are plain values, so nothing has to
    /// be done before their memory goes.
    init(repeating value: Element, count: Int, node: Int?) throws(SystemError) {
        let (byteCount, isTooLarge) = count.multipliedReportingOverflow(
            by: MemoryLayout<Element>.stride)
        precondition(count >= 0, "a buffer cannot have \(count) elements")
        guard !isTooLarge else { throw SystemError.outOfMemory("map \(count) elements") }
        let mapping = try MemoryMapping(byteCount: byteCount, node: node)
        unsafe memory = UnsafeMutableBufferPointer(
            start: mapping.bytes.baseAddress?.bindMemory(to: Element.self, capacity: count),
            count: count)
        owner = mapping
        unsafe memory.initialize(repeating: value)
    }

    /// Elements, not bytes.
    public var count: Int { unsafe memory.count }

    /// One element, to read or change.
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "index \(index) is out of range")
            return unsafe memory[index]
        }
        set {
            precondition(index >= 0 && index < count, "index \(index) is out of range")
            unsafe memory[index] = newValue
        }
    }

    /// The elements, to read.
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(Span(_unsafeElements: UnsafeBufferPointer(memory)))
    }

    /// The elements, to change.
    public mutating func withMutableSpan<Result, Failure: Error>(
        _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var span = unsafe MutableSpan(_unsafeElements: memory)
        return try body(&span)
    }

    var bytes: UnsafeMutableRawBufferPointer { unsafe UnsafeMutableRawBufferPointer(memory) }
}
