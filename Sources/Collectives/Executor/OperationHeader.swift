package import Schedules

/// What a rank says about an operation on every link that it uses for it: 32 bytes in front of
/// its payload, or alone as the grant of a rank that only receives there.
///
/// Two ranks are in the same operation exactly when their headers agree in everything but `kind`.
/// Words travel in little-endian order.
package struct OperationHeader: Sendable, Hashable {
    /// kind | collective | type | operation | algorithm, a byte each, from the lowest.
    var what: UInt64
    /// The position of the operation among all of its communicator, from 1.
    package var sequence: UInt64
    /// Elements, as the caller counts them.
    package var count: UInt64
    /// root | low half of the communicator's identifier.
    var whereabouts: UInt64

    package static let byteCount = 32

    package enum Kind: UInt8 {
        /// Payload of the sender follows.
        case data = 1
        /// The sender only receives on this link.
        case grant = 2
    }

    package init(
        kind: Kind, collective: Collective, type: DataType, operation: ReductionOperation,
        algorithm: Algorithm, sequence: UInt64, count: Int, root: Int, communicator: UInt32
    ) {
        what =
            UInt64(kind.rawValue) | UInt64(collective.rawValue) << 8
            | UInt64(type.rawValue) << 16 | UInt64(operation.rawValue) << 24
            | UInt64(algorithm.rawValue) << 32
        self.sequence = sequence
        self.count = UInt64(count)
        whereabouts = UInt64(UInt32(truncatingIfNeeded: root)) | UInt64(communicator) << 32
    }

    package init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (what, sequence, count, whereabouts) = words
    }

    package var words: (UInt64, UInt64, UInt64, UInt64) { (what, sequence, count, whereabouts) }

    /// This header with another kind.
    func with(kind: Kind) -> OperationHeader {
        var copy = self
        copy.what = what & ~0xff | UInt64(kind.rawValue)
        return copy
    }

    /// Whether both speak of the same operation with the same arguments.
    @inline(__always)
    func agrees(with other: OperationHeader) -> Bool {
        ((what ^ other.what) & ~0xff) | (sequence ^ other.sequence) | (count ^ other.count)
            | (whereabouts ^ other.whereabouts) == 0
    }

    /// Reads the words of a header that a link lent, at any alignment.
    @inline(__always)
    static func read(_ bytes: UnsafeRawPointer) -> OperationHeader {
        func word(_ index: Int) -> UInt64 {
            UInt64(
                littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            )
        }
        return OperationHeader(words: (word(0), word(1), word(2), word(3)))
    }
}

extension OperationHeader: CustomStringConvertible {
    package var root: Int { Int(UInt32(truncatingIfNeeded: whereabouts)) }
    package var collective: Collective? { Collective(rawValue: byte(1)) }
    package var algorithm: Algorithm? { Algorithm(rawValue: byte(4)) }

    private func byte(_ index: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: what >> (8 * UInt64(index)))
    }

    /// The call as a person would write it: `all-reduce #7 (sum of 1024 float32, by ring)`.
    package var description: String {
        guard let collective else { return "operation #\(sequence) of an unknown kind (\(what))" }
        let type = DataType(rawValue: byte(2)).map { "\($0)" } ?? "type \(byte(2))"
        let operation = ReductionOperation(rawValue: byte(3)).map { "\($0)" } ?? "op \(byte(3))"
        let way = algorithm.map { ", by \($0.name)" } ?? ""
        let root = collective.isRooted ? ", root \(self.root)" : ""
        guard collective != .barrier else { return "barrier #\(sequence)" }
        let combined = collective.takesOperation ? "\(operation) of " : ""
        return "\(collective.name) #\(sequence) (\(combined)\(count) \(type)\(root)\(way))"
    }
}
