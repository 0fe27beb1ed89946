internal import CReductionKernels
package import Schedules

/// A collective as a caller asked for it, checked and ready to run.
@unsafe package struct Call {
    package var collective: Collective
    package var type: DataType
    package var operation: ReductionOperation
    package var root: Int
    /// Elements as the caller counts them: of one rank's part for all-gather and reduce-scatter.
    package var count: Int
    /// Elements of the whole extent.
    package var extent: Int
    /// First bytes of the whole extent, as programs address buffers. Where a rank holds only its own
    /// part, they lie outside of the buffer and are never touched.
    package var input: UnsafeRawPointer
    package var output: UnsafeMutableRawPointer

    /// Bytes of the whole extent.
    package var byteCount: Int { unsafe extent * type.byteCount }

    /// A barrier: an all-reduce of the byte at `token`, which means nothing.
    package static func barrier(token: UnsafeMutableRawPointer) -> Call {
        unsafe Call(
            collective: .barrier, type: .uint8, operation: .sum, root: 0, count: 1, extent: 1,
            input: UnsafeRawPointer(token), output: token)
    }

    /// The call's memory and arithmetic; nil where there is no kernel for it.
    package func binding(rankCount: Int) -> Binding? {
        let kernel = unsafe creduction_lookup(
            creduction_type(type.rawValue), creduction_operation(operation.rawValue))
        guard let combine = unsafe kernel.combine else { return nil }
        return unsafe Binding(
            input: input, output: output, elementCount: extent, elementByteCount: type.byteCount,
            combine: combine, finish: kernel.finish, divisor: UInt32(rankCount))
    }
}

extension Call {
    /// Checks a caller's arguments. Byte counts say what the buffers hold; a rank that has no use
    /// for its output (all but the root of a reduce) may give none.
    package init(
        _ collective: Collective, input: UnsafeRawBufferPointer,
        output: UnsafeMutableRawBufferPointer, count: Int, type: DataType,
        operation: ReductionOperation, root: Int, rank: Int, rankCount: Int
    ) throws(CollectiveError) {
        let size = type.byteCount
        let shape = BufferShape(
            collective, isRoot: rank == root, rank: rank, rankCount: rankCount)
        let (extent, overflow) = count.multipliedReportingOverflow(by: shape.partCount)
        guard count >= 0, !overflow, extent <= (Int.max >> 4) / size else {
            throw CollectiveError(.invalidArgument, "a count of \(count) elements is out of range")
        }
        guard root >= 0, root < rankCount else {
            throw CollectiveError(
                .invalidArgument, "root \(root) is not a rank of 0..<\(rankCount)")
        }
        let inputRange = shape.input.scaled(by: count * size)
        let outputRange = shape.output.scaled(by: count * size)
        try unsafe Self.check("input", input, holds: inputRange.count)
        try unsafe Self.check(
            "output", UnsafeRawBufferPointer(output), holds: outputRange.count)
        // Nothing is read or written where nothing is counted, but pointers must be something.
        let nowhere = unsafe UnsafeMutableRawPointer(bitPattern: 64) ?? output.baseAddress
        guard let place = unsafe output.baseAddress ?? nowhere else {
            throw CollectiveError(.invalidArgument, "no output buffer was given")
        }
        let source = shape.input.isEmpty ? nil : input.baseAddress
        unsafe self.init(
            collective: collective, type: type, operation: operation, root: root, count: count,
            extent: extent,
            input: (source ?? UnsafeRawPointer(place)) - inputRange.lowerBound,
            output: place - outputRange.lowerBound)
        if !shape.input.isEmpty && !shape.output.isEmpty {
            try unsafe checkOverlap(input, UnsafeRawBufferPointer(output))
        }
    }

    private static func check(
        _ name: String, _ buffer: UnsafeRawBufferPointer, holds byteCount: Int
    ) throws(CollectiveError) {
        guard buffer.count >= byteCount else {
            throw CollectiveError(
                .invalidArgument,
                "the \(name) buffer holds \(buffer.count) bytes, but \(byteCount) are needed")
        }
    }

    /// In place means the very same memory; anything between that and apart is a mistake.
    private func checkOverlap(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeRawBufferPointer
    ) throws(CollectiveError) {
        guard let inputStart = input.baseAddress,
            let outputStart = output.baseAddress, input.count > 0, output.count > 0
        else { return }
        let inPlace = unsafe self.input == UnsafeRawPointer(self.output)
        let apart =
            unsafe inputStart + input.count <= outputStart
            || outputStart + output.count <= inputStart
        guard inPlace || apart else {
            throw CollectiveError(
                .invalidArgument,
                "input and output overlap without being the same place: give the same address"
                    + " (of this rank's own part, for all-gather and reduce-scatter), or buffers"
                    + " that lie apart")
        }
    }
}
