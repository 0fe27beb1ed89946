internal import CMartlet
internal import Collectives
internal import Schedules

/// The arguments of a collective as a C program gave them.
@unsafe struct Arguments {
    var collective: Collective
    var input: UnsafeRawPointer?
    var output: UnsafeMutableRawPointer?
    /// A size_t, whose upper half Swift sees as negative.
    var count: Int
    var type = martlet_data_type(MARTLET_UINT8)
    var operation = martlet_operation(MARTLET_SUM)
    var root: Int32 = 0
}

extension Arguments {
    /// Checks what the types of Swift would not let through; `Call` checks the rest.
    func call(on communicator: Communicator) throws(CollectiveError) -> Call {
        guard let type = unsafe DataType(wire: type) else {
            throw unsafe CollectiveError(
                .invalidArgument, "\(self.type) is no data type of martlet.h", phase: .idle)
        }
        guard let operation = unsafe ReductionOperation(wire: operation) else {
            throw unsafe CollectiveError(
                .invalidArgument, "\(self.operation) is no operation of martlet.h", phase: .idle)
        }
        let (rank, rankCount) = (communicator.rank, communicator.rankCount)
        let partByteCount = try unsafe byteCount(type, rankCount)
        let shape = unsafe BufferShape(
            collective, isRoot: rank == Int(root), rank: rank, rankCount: rankCount)
        return try unsafe Call(
            collective,
            input: buffer("input", input, shape.input.count * partByteCount),
            output: UnsafeMutableRawBufferPointer(
                mutating: buffer(
                    "output", UnsafeRawPointer(output), shape.output.count * partByteCount)),
            count: count, type: type, operation: operation, root: Int(root), rank: rank,
            rankCount: rankCount)
    }

    /// Bytes of one rank's part; those of all parts can be counted, too.
    private func byteCount(_ type: DataType, _ rankCount: Int) throws(CollectiveError) -> Int {
        let (part, overflow) = unsafe count.multipliedReportingOverflow(by: type.byteCount)
        guard unsafe count >= 0, !overflow,
            !part.multipliedReportingOverflow(by: rankCount).overflow
        else {
            throw unsafe CollectiveError(
                .invalidArgument, "a count of \(UInt(bitPattern: count)) elements is out of range",
                phase: .idle)
        }
        return part
    }

    private func buffer(
        _ name: String, _ start: UnsafeRawPointer?, _ byteCount: Int
    ) throws(CollectiveError) -> UnsafeRawBufferPointer {
        guard let start = unsafe start else {
            if byteCount > 0 { throw .null(name) }
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return unsafe UnsafeRawBufferPointer(start: start, count: byteCount)
    }
}

extension DataType {
    init?(wire value: martlet_data_type) {
        guard let value = UInt8(exactly: value) else { return nil }
        self.init(rawValue: value)
    }
}

extension ReductionOperation {
    init?(wire value: martlet_operation) {
        guard let value = UInt8(exactly: value) else { return nil }
        self.init(rawValue: value)
    }
}
