public import Schedules

/// The collectives over raw memory and a ``DataType``: what all other calls come down to.
///
/// All block until the result is complete, after whatever was started on the communicator before
/// them, and may be given an algorithm (the same on every rank) in place of the agreed choice.
/// Pointers may have any alignment. Input and output are either the same memory, as each call says,
/// or lie apart.
///
/// All throw `invalidArgument`, before anything is sent, for counts and roots out of range, buffers
/// that are too small or overlap in another way, and algorithms that do not carry the collective;
/// `unsupported` in a child of `fork()`; and else the first cause of the communicator's failure.
/// After that an in-place buffer is unspecified, a separate input is untouched, and nothing writes to
/// either any more.
extension Communicator {
    /// Every rank ends with the reduction of all inputs.
    ///
    /// Input and output hold `count` elements each. Blocks until the output is complete; throws
    /// `invalidArgument` before anything is sent, or the first cause of the communicator's failure.
    public func allReduce(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer, count: Int,
        type: DataType, operation: ReductionOperation, algorithm: Algorithm? = nil
    ) throws(CollectiveError) {
        try unsafe run(
            .allReduce, input, output, count, type, operation, algorithm: algorithm)
    }

    /// Rank `r` ends with part `r` of the reduction of all inputs.
    ///
    /// The input holds `rankCount * count` elements, the output `count`. In place, the output is
    /// the input's own part. Blocks until the output is complete; throws `invalidArgument` before
    /// anything is sent, or the first cause of the communicator's failure.
    public func reduceScatter(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer, count: Int,
        type: DataType, operation: ReductionOperation, algorithm: Algorithm? = nil
    ) throws(CollectiveError) {
        try unsafe run(
            .reduceScatter, input, output, count, type, operation, algorithm: algorithm)
    }

    /// Every rank ends with all inputs, in the order of the ranks.
    ///
    /// The input holds `count` elements, the output `rankCount * count`. In place, the input is the
    /// output's own part. Blocks until the output is complete; throws `invalidArgument` before
    /// anything is sent, or the first cause of the communicator's failure.
    public func allGather(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer, count: Int,
        type: DataType, algorithm: Algorithm? = nil
    ) throws(CollectiveError) {
        try unsafe run(.allGather, input, output, count, type, .sum, algorithm: algorithm)
    }

    /// Every rank's output ends as the root's input.
    ///
    /// Both hold `count` elements; only the root's input is read, and the others' may be empty. The
    /// root depends on nobody and may return before others have called; they block until their
    /// output is complete. Throws `invalidArgument` before anything is sent, or the first cause of
    /// the communicator's failure.
    public func broadcast(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer, count: Int,
        type: DataType, root: Int, algorithm: Algorithm? = nil
    ) throws(CollectiveError) {
        try unsafe run(
            .broadcast, input, output, count, type, .sum, root: root, algorithm: algorithm)
    }

    /// The root ends with the reduction of all inputs.
    ///
    /// The input holds `count` elements; so does the root's output. Other ranks' output is neither
    /// read nor written, and may be empty; they may return before the root has called, which blocks
    /// until its output is complete. Throws `invalidArgument` before anything is sent, or the first
    /// cause of the communicator's failure.
    public func reduce(
        input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer, count: Int,
        type: DataType, operation: ReductionOperation, root: Int, algorithm: Algorithm? = nil
    ) throws(CollectiveError) {
        try unsafe run(
            .reduce, input, output, count, type, operation, root: root, algorithm: algorithm)
    }

    /// No rank returns before every rank has called. Blocks until then; throws the first cause of
    /// the communicator's failure.
    public func barrier(algorithm: Algorithm? = nil) throws(CollectiveError) {
        try unsafe engine.run(engine.barrier, algorithm: algorithm)
    }

    private func run(
        _ collective: Collective, _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer, _ count: Int, _ type: DataType,
        _ operation: ReductionOperation, root: Int = 0, algorithm: Algorithm?
    ) throws(CollectiveError) {
        try unsafe engine.run(
            Call(
                collective, input: input, output: output, count: count, type: type,
                operation: operation, root: root, rank: rank, rankCount: rankCount),
            algorithm: algorithm)
    }
}
