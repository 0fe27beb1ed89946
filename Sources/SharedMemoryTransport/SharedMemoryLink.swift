internal import CSharedMemory
internal import Platform
package import Transport

/// A link through memory that two processes of one host share: a segment for each direction.
///
/// Sending copies into the segment, so accepted bytes are settled at once, and nobody but the caller
/// ever touches a caller's memory. What must be reduced is lent straight from the segment.
@safe package final class SharedMemoryLink: LinkOwner {
    private let state: UnsafeMutablePointer<SharedMemoryLinkState>
    private let scratch: UnsafeMutableRawPointer
    private let sending: Segment
    private let receiving: Segment
    /// The connection on which the two met: it wakes sleepers, and ends with the other process.
    private let socket: FileDescriptor
    private let generation = ForkGuard.generation
    private var isOpen = true
    package static let transportName = "shm"
    package var transport: String { Self.transportName }
    package let summary: String

    init(
        sending: consuming Segment, receiving: consuming Segment,
        socket: consuming FileDescriptor, needsFence: Bool
    ) {
        let bell = Bell(socket: socket.rawValue, needsFence: needsFence)
        let kibibytes = receiving.view.ringByteCount >> 10
        summary = "\(Self.transportName), rings of \(kibibytes) KiB"
        // Takes pages only where something has to be brought together.
        unsafe scratch = .allocate(
            byteCount: CellReceiver.lendingByteCount, alignment: MemoryMapping.pageByteCount)
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(
            to: SharedMemoryLinkState(
                sending: sending.view, receiving: receiving.view, bell: bell, scratch: scratch))
        self.sending = sending
        self.receiving = receiving
        self.socket = socket
    }

    deinit {
        close()
        unsafe state.deallocate()
        unsafe scratch.deallocate()
    }

    package var link: Link {
        unsafe Link(
            operations: SharedMemoryLinkState.operations, context: state,
            descriptor: socket.rawValue, lendingByteCount: CellReceiver.lendingByteCount)
    }

    package func finishSending() {
        guard isOpen, ForkGuard.generation == generation else { return }
        unsafe state.pointee.say(SegmentView.State.finished, closing: false)
    }

    /// The memory stays mapped until the owner goes, so that a late look at the link harms nobody.
    package func close() {
        // The parent's link is not the child's to end.
        guard isOpen, ForkGuard.generation == generation else { return }
        isOpen = false
        unsafe state.pointee.say(SegmentView.State.closed, closing: true)
    }
}
