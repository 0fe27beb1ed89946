import Platform
import SharedMemoryTransport
import Synchronization

/// One end of a pair that comes to share memory, on a thread of its own: each end waits for the other.
final class HalfPair {
    private let found = Box()
    private var thread: Thread?

    /// A link that one thread makes and another takes.
    private final class Box: @unchecked Sendable {
        // Written before the thread ends, read after it has been joined.
        var link: SharedMemoryLink?
    }

    struct Separate: Error {}

    init(_ socket: consuming FileDescriptor) throws {
        let waiting = Mutex<FileDescriptor?>(socket)
        let found = found
        thread = try Thread(name: "half") {
            guard let socket = waiting.withLock({ $0.take() }) else { return }
            found.link = try? Self.link(over: socket)
        }
    }

    func link() throws -> SharedMemoryLink {
        if let thread = thread.take() { thread.join() }
        guard let link = found.link else { throw Separate() }
        return link
    }

    static func link(over socket: consuming FileDescriptor) throws -> SharedMemoryLink {
        var handovers = Handovers(HandoverSettings())
        let pair = handovers.add("the other", on: socket)
        try handovers.run(until: Deadline(secondsFromNow: 10), isCancelled: { false })
        guard case .some(.shared(let link)) = pair.take() else { throw Separate() }
        return link
    }
}
