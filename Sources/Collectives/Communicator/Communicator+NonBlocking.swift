internal import Liveness
internal import Schedules

/// A non-blocking operation under way, and the buffer that it will give back.
///
/// Dropped, it runs on, and only its result is lost. It does not keep the communicator: leaving, or
/// dropping the last reference to the communicator, ends it with `aborted`.
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

    /// Carries the operation to its end on this thread, after those that were started before it,
    /// and gives the buffer back, which holds the result.
    ///
    /// Blocks; the operation's deadline runs from where its turn has come. Throws the first cause of
    /// the communicator's failure, or `invalidArgument` for an operation that could not begin. After
    /// an error the buffer is gone with its unspecified contents.
    public consuming func wait() throws(CollectiveError) -> CollectiveBuffer<Element> {
        try engine.wait(for: request)
        return box.take()
    }

    /// Suspends until the operation has ended, without holding a thread of the cooperative pool;
    /// else as `wait`. Cancelling the task changes nothing: a rank cannot take its part in a
    /// collective back. `Communicator.abort` ends it, on all ranks.
    public consuming func value() async throws(CollectiveError) -> CollectiveBuffer<Element> {
        try await request.end()
        return box.take()
    }
}

/// A non-blocking barrier under way. What is said of ``PendingOperation`` holds for it.
public struct PendingBarrier: ~Copyable, Sendable {
    private let request: Request
    private let engine: Engine

    init(request: Request, engine: Engine) {
        self.request = request
        self.engine = engine
    }

    /// Whether the barrier has ended, well or not; `wait` will not block then.
    public var isDone: Bool { request.isDone }

    /// Carries the barrier to its end on this thread, after what was started before it. Blocks, and
    /// throws the first cause of the communicator's failure.
    public consuming func wait() throws(CollectiveError) {
        try engine.wait(for: request)
    }

    /// Suspends until the barrier has ended, without holding a thread of the cooperative pool; else
    /// as `wait`. Cancelling the task changes nothing.
    public consuming func value() async throws(CollectiveError) {
        try await request.end()
    }
}

/// Non-blocking operations. Each takes its buffer, which nobody else can touch then, and gives it
/// back from `wait` or `value`.
///
/// Operations of a communicator run in the order in which they were started, also blocking ones. A
/// pending operation that is dropped runs on; only its result is lost. Leaving, or dropping the last
/// reference to the communicator, ends what is under way with `aborted`.
///
/// Starting never blocks. It throws `invalidArgument` for counts and roots out of range, `busy` where
/// 256 operations are under way, `unsupported` in a child of `fork()`, the first cause on a
/// communicator that has failed, and `system` where the thread that carries operations on cannot be
/// made. Then **the buffer is destroyed** with its contents. What fails later is thrown by `wait` and
/// `value`.
extension Communicator {
    /// Starts an all-reduce in place; all ranks' buffers have the same count. Never blocks; throws
    /// `invalidArgument`, `busy`, or why the communicator has failed, and then the buffer is
    /// destroyed.
    public func startAllReduce<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.allReduce, buffer, operation)
    }

    /// Starts a reduce-scatter in place: the buffer holds `rankCount` parts of the same count, and
    /// afterwards part `rank` is the reduction of all ranks' parts `rank`. The other parts are
    /// unspecified then. Never blocks; throws `invalidArgument`, `busy`, or why the communicator
    /// has failed, and then the buffer is destroyed.
    public func startReduceScatter<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.reduceScatter, buffer, operation)
    }

    /// Starts an all-gather in place: the buffer holds `rankCount` parts of the same count, of
    /// which part `rank` is this rank's; afterwards each part is that of its rank. Never blocks;
    /// throws `invalidArgument`, `busy`, or why the communicator has failed, and then the buffer is
    /// destroyed.
    public func startAllGather<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.allGather, buffer)
    }

    /// Starts a broadcast in place; all ranks' buffers have the same count. Never blocks; throws
    /// `invalidArgument`, `busy`, or why the communicator has failed, and then the buffer is
    /// destroyed.
    public func startBroadcast<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, root: Int
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.broadcast, buffer, root: root)
    }

    /// Starts a reduce in place: the root's buffer becomes the reduction of all, the others' stay
    /// as they are. All have the same count. Never blocks; throws `invalidArgument`, `busy`, or why
    /// the communicator has failed, and then the buffer is destroyed.
    public func startReduce<Element: CollectiveElement>(
        _ buffer: consuming CollectiveBuffer<Element>, _ operation: ReductionOperation, root: Int
    ) throws(CollectiveError) -> PendingOperation<Element> {
        try start(.reduce, buffer, operation, root: root)
    }

    /// Starts a barrier. Never blocks; throws `busy`, or why the communicator has failed.
    public func startBarrier() throws(CollectiveError) -> PendingBarrier {
        PendingBarrier(request: try unsafe engine.start(engine.barrier), engine: engine)
    }

    private func start<Element: CollectiveElement>(
        _ collective: Collective, _ buffer: consuming CollectiveBuffer<Element>,
        _ operation: ReductionOperation = .sum, root: Int = 0
    ) throws(CollectiveError) -> PendingOperation<Element> {
        let shape = BufferShape(
            collective, isRoot: rank == root, rank: rank, rankCount: rankCount)
        guard buffer.count.isMultiple(of: shape.partCount) else {
            throw CollectiveError(
                .invalidArgument,
                "\(buffer.count) elements do not divide into \(rankCount) equal parts")
        }
        let type = Element.checkedDataType
        let count = buffer.count / shape.partCount
        let bytes = unsafe buffer.bytes
        let partByteCount = count * type.byteCount
        let call = try unsafe Call(
            collective,
            input: UnsafeRawBufferPointer(rebasing: bytes[shape.input.scaled(by: partByteCount)]),
            output: UnsafeMutableRawBufferPointer(
                rebasing: bytes[shape.output.scaled(by: partByteCount)]),
            count: count, type: type, operation: operation, root: root, rank: rank,
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
