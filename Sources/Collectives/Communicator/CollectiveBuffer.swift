/// Memory for collectives that has one owner: it goes into a non-blocking operation and comes back
/// from it, so nobody can touch it meanwhile. Destroying it frees the memory.
///
/// Aligned to a page. Never blocks and throws nothing; an index outside of `0 ..< count` traps.
@safe public struct CollectiveBuffer<Element: CollectiveElement>: ~Copyable, @unchecked Sendable {
    // The only owner may hand it to another thread; nobody else has the pointer.
    let memory: UnsafeMutableBufferPointer<Element>

    /// `count` elements, all of them `value`. Traps for a negative count, and where there is not so
    /// much memory.
    public init(repeating value: Element, count: Int) {
        precondition(count >= 0, "a buffer cannot have \(count) elements")
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, count * MemoryLayout<Element>.stride), alignment: 4096)
        unsafe memory = UnsafeMutableBufferPointer(
            start: bytes.baseAddress?.bindMemory(to: Element.self, capacity: count), count: count)
        unsafe memory.initialize(repeating: value)
    }

    deinit {
        unsafe memory.deallocate()
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
