import CReductionKernels
import Testing

/// An operation, by its wire value.
enum Operation: creduction_operation, CaseIterable, Sendable {
    case sum = 1
    case product, minimum, maximum, average
}

/// An element type, by its wire value.
enum ElementType: creduction_type, CaseIterable, Sendable {
    case int8 = 1
    case uint8, int32, uint32, int64, uint64, float16, bfloat16, float32, float64
}

/// What one element type means, written without a look at the kernels: values travel as their bit
/// patterns, one at a time.
struct ElementKind: Sendable {
    var byteCount: Int
    /// Bit patterns at which arithmetic has edges.
    var notable: [UInt64]
    /// Operands combined in order; an average is not yet divided.
    var combine: @Sendable (Operation, [UInt64]) -> UInt64
    /// The quotient of the sum of the operands.
    var average: @Sendable ([UInt64], UInt32) -> UInt64
}

extension ElementType {
    var kind: ElementKind {
        switch self {
        case .int8: .integers(Int8.self)
        case .uint8: .integers(UInt8.self)
        case .int32: .integers(Int32.self)
        case .uint32: .integers(UInt32.self)
        case .int64: .integers(Int64.self)
        case .uint64: .integers(UInt64.self)
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        }
    }
}

extension ElementKind {
    static func integers<T: FixedWidthInteger & Sendable>(_: T.Type) -> ElementKind {
        let values: [T] = [0, 1, 2, 3, 7, .max, .max - 1, .max / 2 + 1, .min, .min + 1, ~0]
        return ElementKind(
            byteCount: T.bitWidth / 8,
            notable: values.map { UInt64(truncatingIfNeeded: $0) & mask(T.bitWidth) },
            combine: { operation, operands in
                let result = combined(operands.map { T(truncatingIfNeeded: $0) }, operation)
                return UInt64(truncatingIfNeeded: result) & mask(T.bitWidth)
            },
            average: { operands, divisor in
                let sum = operands.reduce(T(0)) { $0 &+ T(truncatingIfNeeded: $1) }
                // Wide enough for every sum and every divisor.
                let quotient = Int128(sum) / Int128(divisor)
                return UInt64(truncatingIfNeeded: quotient) & mask(T.bitWidth)
            })
    }

    private static func combined<T: FixedWidthInteger>(_ operands: [T], _ op: Operation) -> T {
        operands.dropFirst().reduce(operands[0]) { left, right in
            switch op {
            case .sum, .average: left &+ right
            case .product: left &* right
            case .minimum: min(left, right)
            case .maximum: max(left, right)
            }
        }
    }

    private static func mask(_ bitCount: Int) -> UInt64 {
        bitCount == 64 ? ~0 : (1 << UInt64(bitCount)) - 1
    }
}
