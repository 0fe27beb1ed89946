import CReductionKernels

/// The reference for floating-point elements: every result that is a NaN is the canonical one.
extension ElementKind {
    static let float64 = ElementKind(
        byteCount: 8,
        notable: signed(
            [
                0, 1, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000, 0x3FF0_0000_0000_0000,
                0x7FEF_FFFF_FFFF_FFFF, 0x7FF0_0000_0000_0000, 0x7FF0_0000_0000_0001,
                0x7FF8_0000_0000_0000, 0x7FFC_0000_0000_1234,
            ], signBit: 1 << 63),
        combine: { operation, operands in
            let values = operands.map { Double(bitPattern: $0) }
            return canonical(combined(values, operation)).bitPattern
        },
        average: { operands, divisor in
            let sum = combined(operands.map { Double(bitPattern: $0) }, .sum)
            return canonical(sum / Double(divisor)).bitPattern
        })

    static let float32 = ElementKind(
        byteCount: 4,
        notable: signed(
            [
                0, 1, 0x007F_FFFF, 0x0080_0000, 0x3F80_0000, 0x7F7F_FFFF, 0x7F80_0000,
                0x7F80_0001, 0x7FC0_0000, 0x7FE0_1234,
            ], signBit: 1 << 31),
        combine: { operation, operands in
            let values = operands.map { Float(bitPattern: UInt32($0)) }
            return UInt64(canonical(combined(values, operation)).bitPattern)
        },
        average: { operands, divisor in
            let sum = combined(operands.map { Float(bitPattern: UInt32($0)) }, .sum)
            return UInt64(canonical(sum / Float(divisor)).bitPattern)
        })

    static let float16 = small(
        notable: [0, 1, 2, 0x03FF, 0x0400, 0x3C00, 0x7BFF, 0x7C00, 0x7C01, 0x7E00, 0x7F12],
        widened: { Float(Float16(bitPattern: $0)) },
        rounded: { $0.isNaN ? 0x7E00 : Float16($0).bitPattern })

    static let bfloat16 = small(
        notable: [0, 1, 2, 0x007F, 0x0080, 0x3F80, 0x7F7F, 0x7F80, 0x7F81, 0x7FC0, 0x7FE1],
        widened: { Float(bitPattern: UInt32($0) << 16) },
        rounded: { $0.isNaN ? 0x7FC0 : nearestBFloat16($0) })

    /// 16 bits in memory, float32 in arithmetic, one rounding.
    private static func small(
        notable: [UInt64], widened: @escaping @Sendable (UInt16) -> Float,
        rounded: @escaping @Sendable (Float) -> UInt16
    ) -> ElementKind {
        ElementKind(
            byteCount: 2, notable: signed(notable, signBit: 1 << 15),
            combine: { operation, operands in
                UInt64(rounded(combined(operands.map { widened(UInt16($0)) }, operation)))
            },
            average: { operands, divisor in
                let sum = combined(operands.map { widened(UInt16($0)) }, .sum)
                return UInt64(rounded(sum / Float(divisor)))
            })
    }

    private static func signed(_ magnitudes: [UInt64], signBit: UInt64) -> [UInt64] {
        magnitudes + magnitudes.map { $0 | signBit }
    }

    private static func canonical<T: BinaryFloatingPoint>(_ value: T) -> T {
        value.isNaN ? T.nan : value
    }

    private static func combined<T: BinaryFloatingPoint>(_ operands: [T], _ op: Operation) -> T {
        operands.dropFirst().reduce(operands[0]) { left, right in
            switch op {
            case .sum, .average: left + right
            case .product: left * right
            case .minimum: extreme(left, right, isFirst: left < right, sign: .minus)
            case .maximum: extreme(left, right, isFirst: left > right, sign: .plus)
            }
        }
    }

    /// IEEE 754-2019 minimum or maximum; between zeros, the one with `sign` wins.
    private static func extreme<T: BinaryFloatingPoint>(
        _ left: T, _ right: T, isFirst: Bool, sign: FloatingPointSign
    ) -> T {
        if left.isNaN || right.isNaN { return .nan }
        if left == right { return left.sign == sign ? left : right }
        return isFirst ? left : right
    }

    /// By comparing distances to both neighbours, exactly, in float64; infinity counts as 2^128.
    private static func nearestBFloat16(_ value: Float) -> UInt16 {
        if value.isInfinite { return UInt16(value.bitPattern >> 16) }
        let below = UInt16(value.bitPattern >> 16)
        let magnitude = Double(value.magnitude)
        let lower = Double(Float(bitPattern: UInt32(below & 0x7FFF) << 16))
        let above = Float(bitPattern: UInt32((below & 0x7FFF) + 1) << 16)
        let upper = above.isInfinite ? 0x1p128 : Double(above)
        let isUp =
            upper - magnitude < magnitude - lower
            || (upper - magnitude == magnitude - lower && below & 1 == 1)
        return isUp ? below + 1 : below
    }
}
