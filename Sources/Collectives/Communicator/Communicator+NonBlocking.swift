internal import Liveness
internal import Schedules

/// A non-blocking operation under way, and the buffer that it will give back.
public struct PendingOperation<Element: CollectiveElement>: ~Copyable, Sendable {
    private let box: BufferBox<Element>
    private let request: Request
    private let engine: Engine

    init(box: BufferBox<Element>, request: Request, engine: Engine) {
        self.box = box
        self.request = request
        self.engine = engine
    }

    /// Whether the operation has ended, well or not; `wait` will not block then.
    public var isDone: Bool { request.isDone }

    /// Carries the operation to its end on this thread and gives the buffer back, which holds the
    /// result. After an error the buffer is gone with its unspecified contents.
    public consuming func wait() throws(CollectiveError) -> CollectiveBuffer<Element> {
        try engine.wait(for: request)
        return box.take()
    }

    /// Suspends until the operation has ended, without holding a thread of the cooperative pool.
    public consuming func value() async throws(CollectiveError) -> CollectiveBuffer<Element> {
        let request = request
        let error: CollectiveError? = await withCheckedContinuation { continuation in
            request.whenDone { continuation.resume(returning: $0) }
        }
        if let error { throw error }
        return box.take()
    }
}

extension Communicator {
    /// Memory for operations of this communicator, all zero bytes.
    public func allocate<Element: CollectiveElement & ExpressibleByIntegerLiteral>(
        _ type: Element.Type = Element.self, count: Int
    ) -> CollectiveBuffer<Element> {
        CollectiveBuffer(repeating: 0, count: count)
    }

    /// Starts an all-reduce in place and returns at once; it takes the buffer until `wait`.
    ///
    /// Operations of a communicator run in the order in which they were started, also blocking
    /// ones. At most 256 may be under way. A pending operation that is dropped runs on; only its
    /// result is lost.
    public func startAllReduce<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation
    ) throws(CollectiveError) -> PendingOperation<Element> {
        let bytes = unsafe buffer.bytes
        let call = try unsafe Call(
            .allReduce, input: UnsafeRawBufferPointer(bytes), output: bytes, count: buffer.count,
            type: Element.dataType, operation: operation, root: 0, rank: rank,
            rankCount: rankCount)
        let box = BufferBox(buffer)
        return PendingOperation(
            box: box, request: try unsafe engine.start(call, keeping: box), engine: engine)
    }

    /// Starts a broadcast in place and returns at once; it takes the buffer until `wait`.
    public func startBroadcast<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, root: Int
    ) throws(CollectiveError) -> PendingOperation<Element> {
        let bytes = unsafe buffer.bytes
        let call = try unsafe Call(
            .broadcast, input: UnsafeRawBufferPointer(bytes), output: bytes, count: buffer.count,
            type: Element.dataType, operation: .sum, root: root, rank: rank,
            rankCount: rankCount)
        let box = BufferBox(buffer)
        return PendingOperation(
            box: box, request: try unsafe engine.start(call, keeping: box), engine: engine)
    }
}

/// A buffer that an operation keeps alive until its end, whatever becomes of the caller.
final class BufferBox<Element: CollectiveElement>: @unchecked Sendable {
    // Only the one owner of the pending operation takes the buffer out, after the end.
    private var buffer: CollectiveBuffer<Element>?

    init(_ buffer: consuming CollectiveBuffer<Element>) {
        self.buffer = consume buffer
    }

    func take() -> CollectiveBuffer<Element> {
        guard let buffer = buffer.take() else { preconditionFailure("the buffer was taken before") }
        return buffer
    }
}
