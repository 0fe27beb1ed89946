/// The collectives over Swift's own buffers.
///
/// All block and throw as the calls over raw memory do: `invalidArgument` before anything is sent,
/// else the first cause of the communicator's failure. After that a buffer that was given `inout` is
/// unspecified. All ranks give as many elements.
extension Communicator {
    /// Reduces the ranks' arrays element by element, in place; all have the same count. Blocks
    /// until the result is there; throws `invalidArgument` before anything is sent, or the first
    /// cause of the communicator's failure.
    public func allReduce<Element: CollectiveElement>(
        _ buffer: inout [Element], _ operation: ReductionOperation
    ) throws(CollectiveError) {
        try unsafe buffer.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            try unsafe allReduce(
                input: UnsafeRawBufferPointer(bytes), output: bytes, count: buffer.count,
                type: Element.checkedDataType, operation: operation)
        }
    }

    /// Reduces the ranks' spans element by element, in place; all have the same count. Blocks until
    /// the result is there; throws `invalidArgument` before anything is sent, or the first cause of
    /// the communicator's failure.
    public func allReduce<Element: CollectiveElement>(
        _ buffer: inout MutableSpan<Element>, _ operation: ReductionOperation
    ) throws(CollectiveError) {
        try unsafe buffer.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            try unsafe allReduce(
                input: UnsafeRawBufferPointer(bytes), output: bytes, count: buffer.count,
                type: Element.checkedDataType, operation: operation)
        }
    }

    /// Part `rank` of the reduction of all inputs, `input.count / rankCount` elements.
    ///
    /// Each input holds a multiple of `rankCount` elements, the same on every rank; another count
    /// is an `invalidArgument`. Blocks until the part is there; throws `invalidArgument` before
    /// anything is sent, or the first cause of the communicator's failure.
    public func reduceScatter<Element: CollectiveElement>(
        _ input: [Element], _ operation: ReductionOperation
    ) throws(CollectiveError) -> [Element] {
        guard input.count.isMultiple(of: rankCount) else {
            throw CollectiveError(
                .invalidArgument,
                "\(input.count) elements do not divide into \(rankCount) equal parts")
        }
        let count = input.count / rankCount
        return try unsafe gather(input, resultCount: count) {
            (input, output) throws(CollectiveError) in
            try unsafe reduceScatter(
                input: input, output: output, count: count, type: Element.checkedDataType,
                operation: operation)
        }
    }

    /// The inputs of all ranks, in the order of the ranks: `rankCount * input.count` elements, for
    /// all have the same count. Blocks until all are there; throws `invalidArgument` before
    /// anything is sent, or the first cause of the communicator's failure.
    public func allGather<Element: CollectiveElement>(
        _ input: [Element]
    ) throws(CollectiveError) -> [Element] {
        try unsafe gather(input, resultCount: input.count * rankCount) {
            (bytes, output) throws(CollectiveError) in
            try unsafe allGather(
                input: bytes, output: output, count: input.count, type: Element.checkedDataType)
        }
    }

    /// Overwrites the array with the root's; all have the same count. Blocks until it is there, but
    /// for the root, which may return before others have called; throws `invalidArgument` before
    /// anything is sent, or the first cause of the communicator's failure.
    public func broadcast<Element: CollectiveElement>(
        _ buffer: inout [Element], root: Int
    ) throws(CollectiveError) {
        try unsafe buffer.withUnsafeMutableBufferPointer { (buffer) throws(CollectiveError) in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            try unsafe broadcast(
                input: UnsafeRawBufferPointer(bytes), output: bytes, count: buffer.count,
                type: Element.checkedDataType, root: root)
        }
    }

    /// The reduction of all inputs on the root, nil on the other ranks; all have the same count.
    /// Blocks the root until it is there; others may return before the root has called. Throws
    /// `invalidArgument` before anything is sent, or the first cause of the communicator's failure.
    public func reduce<Element: CollectiveElement>(
        _ input: [Element], _ operation: ReductionOperation, root: Int
    ) throws(CollectiveError) -> [Element]? {
        let result = try unsafe gather(input, resultCount: rank == root ? input.count : 0) {
            (bytes, output) throws(CollectiveError) in
            try unsafe reduce(
                input: bytes, output: output, count: input.count, type: Element.checkedDataType,
                operation: operation, root: root)
        }
        return rank == root ? result : nil
    }

    /// Makes an array of results out of an array of inputs.
    private func gather<Element: CollectiveElement>(
        _ input: [Element], resultCount: Int,
        _ body: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) throws(CollectiveError) ->
            Void
    ) throws(CollectiveError) -> [Element] {
        var failure: CollectiveError?
        let result = unsafe [Element](unsafeUninitializedCapacity: resultCount) { output, count in
            unsafe input.withUnsafeBufferPointer { input in
                do throws(CollectiveError) {
                    try unsafe body(
                        UnsafeRawBufferPointer(input),
                        UnsafeMutableRawBufferPointer(
                            UnsafeMutableBufferPointer(rebasing: output[..<resultCount])))
                    count = resultCount
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return result
    }
}
