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
        try await request.end()
        return box.take()
    }
}

/// A non-blocking barrier under way.
public struct PendingBarrier: ~Copyable, Sendable {
    private let request: Request
    private let engine: Engine

    init(request: Request, engine: Engine) {
        self.request = request
        self.engine = engine
    }

    /// Whether the barrier has ended, well or not; `wait` will not block then.
    public var isDone: Bool { request.isDone }

    /// Carries the barrier to its end on this thread.
    public consuming func wait() throws(CollectiveError) {
        try engine.wait(for: request)
    }

    /// Suspends until the barrier has ended, without holding a thread of the cooperative pool.
    public consuming func value() async throws(CollectiveError) {
        try await request.end()
    }
}

/// Non-blocking operations. Each takes its buffer, which nobody else can touch then, and gives it
/// back from `wait` or `value`.
///
/// Operations of a communicator run in the order in which they were started, also blocking ones. At
/// most 256 may be under way; one more throws `busy`. A pending operation that is dropped runs on;
/// only its result is lost. Starting throws for arguments that cannot be, and on a communicator that
/// has failed; what fails later is thrown by `wait` and `value`.
extension Communicator {
    /// Memory for operations of this communicator: `count` elements, all zero.
    public func allocate<Element: CollectiveElement & ExpressibleByIntegerLiteral>(
        _ type: Element.Type = Element.self, count: Int
    ) -> CollectiveBuffer<Element> {
        CollectiveBuffer(repeating: 0, count: count)
    }

    /// Starts an all-reduce in place; all ranks' buffers have the same count.
    public func startAllReduce<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.allReduce, buffer, operation)
    }

    /// Starts a reduce-scatter in place: the buffer holds `rankCount` parts of the same count, and
    /// afterwards part `rank` is the reduction of all ranks' parts `rank`. The other parts are
    /// unspecified then.
    public func startReduceScatter<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.reduceScatter, buffer, operation)
    }

    /// Starts an all-gather in place: the buffer holds `rankCount` parts of the same count, of which
    /// part `rank` is this rank's; afterwards each part is that of its rank.
    public func startAllGather<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.allGather, buffer)
    }

    /// Starts a broadcast in place; all ranks' buffers have the same count.
    public func startBroadcast<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, root: Int
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.broadcast, buffer, root: root)
    }

    /// Starts a reduce in place: the root's buffer becomes the reduction of all, the others' stay as
    /// they are. All have the same count.
    public func startReduce<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation, root: Int
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.reduce, buffer, operation, root: root)
    }

    /// Starts a barrier.
    public func startBarrier() throws(CollectiveError) -> PendingBarrier {
        let token = CollectiveBuffer<UInt8>(repeating: 0, count: 1)
        let bytes = unsafe token.bytes
        let call = try unsafe Call(
            .barrier, input: UnsafeRawBufferPointer(bytes), output: bytes, count: 1, type: .uint8,
            operation: .sum, root: 0, rank: rank, rankCount: rankCount)
        let request = try unsafe engine.start(call, keeping: BufferBox(token))
        return PendingBarrier(request: request, engine: engine)
    }

    private func start<Element: CollectiveElement>(
        _ collective: Collective, _ buffer: consuming CollectiveBuffer<Element>,
        _ operation: ReductionOperation = .sum, root: Int = 0
    ) throws(CollectiveError) -> PendingOperation<Element> {
        let inParts = collective == .allGather || collective == .reduceScatter
        guard !inParts || buffer.count.isMultiple(of: rankCount) else {
            throw CollectiveError(
                .invalidArgument,
                "\(buffer.count) elements do not divide into \(rankCount) equal parts")
        }
        let count = inParts ? buffer.count / rankCount : buffer.count
        let bytes = unsafe buffer.bytes
        let partByteCount = count * Element.dataType.byteCount
        let own =
            unsafe inParts
            ? UnsafeMutableRawBufferPointer(
                rebasing: bytes[rank * partByteCount..<(rank + 1) * partByteCount]) : bytes
        let call = try unsafe Call(
            collective, input: UnsafeRawBufferPointer(collective == .allGather ? own : bytes),
            output: collective == .reduceScatter ? own : bytes, count: count,
            type: Element.dataType, operation: operation, root: root, rank: rank,
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
