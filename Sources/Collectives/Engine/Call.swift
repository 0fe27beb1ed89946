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
    /// First bytes of the caller's buffers; where a buffer is a part, of that part.
    package var input: UnsafeRawPointer
    package var output: UnsafeMutableRawPointer

    /// Bytes of the whole extent.
    package var byteCount: Int { unsafe extent * type.byteCount }

    /// Addresses the buffers by the whole extent, as programs do. Where a rank holds only its own
    /// part, the first byte of the extent lies outside of the buffer and is never touched.
    package func binding(rank: Int, rankCount: Int) -> Binding? {
        let kernel = unsafe creduction_lookup(
            creduction_type(type.rawValue), creduction_operation(operation.rawValue))
        guard let combine = unsafe kernel.combine else { return nil }
        let own = unsafe rank * count * type.byteCount
        return unsafe Binding(
            input: collective == .allGather ? input - own : input,
            output: collective == .reduceScatter ? output - own : output,
            elementCount: extent, elementByteCount: type.byteCount, combine: combine,
            finish: kernel.finish, divisor: UInt32(rankCount))
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
        let parts = collective == .allGather || collective == .reduceScatter
        let (extent, overflow) = count.multipliedReportingOverflow(by: parts ? rankCount : 1)
        guard count >= 0, !overflow, extent <= (Int.max >> 4) / size else {
            throw CollectiveError(.invalidArgument, "a count of \(count) elements is out of range")
        }
        guard root >= 0, root < rankCount else {
            throw CollectiveError(
                .invalidArgument, "root \(root) is not a rank of 0..<\(rankCount)")
        }
        let inputCount = collective == .reduceScatter ? extent : count
        let outputCount = collective == .allGather ? extent : count
        let needsInput = collective != .broadcast || rank == root
        let needsOutput = collective != .reduce || rank == root
        try unsafe Self.check("input", input, holds: needsInput ? inputCount * size : 0)
        try unsafe Self.check(
            "output", UnsafeRawBufferPointer(output), holds: needsOutput ? outputCount * size : 0)
        let own = rank * count * size
        if needsInput && needsOutput {
            try unsafe Self.checkOverlap(
                collective, input, UnsafeRawBufferPointer(output), own: own)
        }
        // Nothing is read or written where nothing is counted, but pointers must be something.
        let nowhere = unsafe UnsafeMutableRawPointer(bitPattern: 64) ?? output.baseAddress
        guard let place = unsafe output.baseAddress ?? nowhere else {
            throw CollectiveError(.invalidArgument, "no output buffer was given")
        }
        unsafe self.init(
            collective: collective, type: type, operation: operation, root: root, count: count,
            extent: extent, input: input.baseAddress ?? UnsafeRawPointer(place), output: place)
        if !needsInput { unsafe self.input = UnsafeRawPointer(place) }
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
    private static func checkOverlap(
        _ collective: Collective, _ input: UnsafeRawBufferPointer, _ output: UnsafeRawBufferPointer,
        own: Int
    ) throws(CollectiveError) {
        guard let inputStart = input.baseAddress,
            let outputStart = output.baseAddress, input.count > 0, output.count > 0
        else { return }
        let inPlace =
            switch collective {
            case .allGather: unsafe inputStart == outputStart + own
            case .reduceScatter: unsafe outputStart == inputStart + own
            default: unsafe inputStart == outputStart
            }
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
