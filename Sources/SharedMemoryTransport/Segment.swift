internal import CSharedMemory
internal import Platform

/// One direction of a link in memory of its own: made, sealed and placed by the receiver, mapped by
/// both. It has no name anywhere, and goes with the last of the two.
@safe struct Segment: ~Copyable {
    let view: SegmentView
    /// Of the process that mapped it: its children do not have it.
    private let generation = ForkGuard.generation

    static func byteCount(ringByteCount: Int) -> Int {
        SegmentLayout.controlByteCount + ringByteCount
    }

    private init(mapping descriptor: Int32, ringByteCount: Int) throws(SystemError) {
        var start: UnsafeMutableRawPointer?
        unsafe try check(
            cshared_map(descriptor, SegmentLayout.controlByteCount, ringByteCount, &start),
            "map \(ringByteCount) shared bytes")
        guard let start = unsafe start else { preconditionFailure("the kernel mapped nothing") }
        view = unsafe SegmentView(base: start, ringByteCount: ringByteCount)
    }

    deinit {
        // A child of fork has nothing mapped there, or something else.
        guard ForkGuard.generation == generation else { return }
        _ = unsafe cshared_unmap(view.base, SegmentLayout.controlByteCount, view.ringByteCount)
    }

    /// Takes and seals the memory of a segment: what is passed to the sender.
    static func allocate(ringByteCount: Int) throws(SharedMemoryError) -> FileDescriptor {
        let byteCount = byteCount(ringByteCount: ringByteCount)
        do throws(SystemError) {
            let made = unsafe cshared_create("martlet", byteCount)
            let descriptor = FileDescriptor(
                owning: try check(made, "make \(byteCount) shared bytes"))
            ForkGuard.protect(descriptor.rawValue)
            return descriptor
        } catch {
            throw SharedMemoryError(error)
        }
    }

    /// Maps a segment of this rank's own, to receive in, near `node` where one is named.
    static func prepare(
        _ descriptor: borrowing FileDescriptor, ringByteCount: Int, node: Int?
    ) throws(SharedMemoryError) -> Segment {
        do throws(SystemError) {
            let segment = try Segment(mapping: descriptor.rawValue, ringByteCount: ringByteCount)
            if let node, NUMA.isAvailable {
                let start = unsafe segment.view.base
                let byteCount = byteCount(ringByteCount: ringByteCount)
                unsafe try NUMA.prefer(
                    node: node, for: UnsafeMutableRawBufferPointer(start: start, count: byteCount))
            }
            segment.writeIdentity()
            return segment
        } catch {
            throw SharedMemoryError(error)
        }
    }

    /// Maps a segment that the receiver made. What is foreign is looked at before it is touched: a
    /// file that could still shrink would raise SIGBUS at its owner's will.
    static func adopt(
        _ descriptor: consuming FileDescriptor, ringByteCount: Int
    ) throws(SharedMemoryError) -> Segment {
        let result = cshared_examine(
            descriptor.rawValue, byteCount(ringByteCount: ringByteCount))
        guard result == 0 else {
            throw SharedMemoryError(
                .invalid,
                "the memory that was passed is not sealed, or has another size than was said",
                errorNumber: -result)
        }
        let segment: Segment
        do {
            segment = try Segment(mapping: descriptor.rawValue, ringByteCount: ringByteCount)
        } catch {
            throw SharedMemoryError(error)
        }
        guard segment.hasIdentity else {
            throw SharedMemoryError(.invalid, "the memory that was passed is of another version")
        }
        return segment
    }

    private func writeIdentity() {
        let words = unsafe view.base.assumingMemoryBound(to: UInt64.self)
        unsafe words[0] = SegmentLayout.magic
        unsafe words[1] = SegmentLayout.version
        unsafe words[2] = UInt64(view.ringByteCount)
    }

    private var hasIdentity: Bool {
        let words = unsafe view.base.assumingMemoryBound(to: UInt64.self)
        return unsafe words[0] == SegmentLayout.magic && words[1] == SegmentLayout.version
            && words[2] == UInt64(view.ringByteCount)
    }
}
