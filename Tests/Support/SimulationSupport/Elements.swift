import Collectives
import Schedules

/// The elements of a call's inputs, and what must come of them.
///
/// All are made from integers, so that every order of combination gives the same exact result,
/// which is worked out here without any of the library's arithmetic.
struct Elements {
    let plan: CallPlan
    let rankCount: Int

    /// The element of a rank's input; for divided inputs `index` counts in the whole extent.
    func value(_ rank: Int, _ index: Int) -> Int64 {
        let word = Self.mix(
            plan.salt &+ UInt64(rank) &* 0x9e37_79b9_7f4a_7c15
                &+ UInt64(index) &* 0xd1b5_4a32_d192_ed03)
        let isFloat = plan.type.isFloat
        switch plan.collective {
        case .barrier: return 0
        case .allGather, .broadcast: return plan.type.truncated(Int64(bitPattern: word))
        case _ where !isFloat: return plan.type.truncated(Int64(bitPattern: word))
        default: break
        }
        switch plan.operation {
        case .product: return (word & 1 == 0 ? 1 : -1) * (word & 0xf0 == 0 ? 2 : 1)
        case .minimum, .maximum: return Int64(word % 200) - 100
        case .sum, .average: return Int64(word % 8)
        }
    }

    private static func mix(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// The bits of a rank's input element.
    func inputBits(_ rank: Int, _ index: Int) -> UInt64 {
        let value = value(rank, index)
        guard plan.type.isFloat, plan.collective.reduces else { return UInt64(bitPattern: value) }
        guard plan.isRough else { return plan.type.bits(of: Double(value)) }
        // Thirds of everything: no sum of these is exact.
        return plan.type.bits(of: Double(value * 1_000_003 + Int64(index % 997)) / 3e6)
    }

    /// The bits of an element of the result.
    func resultBits(_ index: Int) -> UInt64 {
        switch plan.collective {
        case .broadcast: return inputBits(plan.root, index)
        case .allGather: return inputBits(index / max(1, plan.count), index)
        default: break
        }
        var result = value(0, index)
        for rank in 1..<max(1, rankCount) { result = combine(result, value(rank, index)) }
        let type = plan.type
        guard plan.operation == .average else {
            return type.isFloat ? type.bits(of: Double(result)) : UInt64(bitPattern: result)
        }
        if type == .float64 { return (Double(result) / Double(rankCount)).bitPattern }
        if type.isFloat { return type.bits(of: Double(Float(result) / Float(rankCount))) }
        return type.quotient(type.truncated(result), rankCount)
    }

    private func combine(_ left: Int64, _ right: Int64) -> Int64 {
        let isBelow =
            plan.type == .uint64
            ? UInt64(bitPattern: left) < UInt64(bitPattern: right) : left < right
        return switch plan.operation {
        case .sum, .average: left &+ right
        case .product: left &* right
        case .minimum: isBelow ? left : right
        case .maximum: isBelow ? right : left
        }
    }

    /// Whether a rough result is near what it must be; its exact bits are the algorithm's.
    func isNear(_ bits: UInt64, _ index: Int) -> Bool {
        var sum = 0.0
        for rank in 0..<rankCount { sum += plan.type.double(of: inputBits(rank, index)) }
        if plan.operation == .average { sum /= Double(rankCount) }
        return abs(plan.type.double(of: bits) - sum) < 1e-3
    }
}

extension DataType {
    var isFloat: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// The value of the lowest bits, as this type reads them.
    func truncated(_ value: Int64) -> Int64 {
        switch self {
        case .int8: Int64(Int8(truncatingIfNeeded: value))
        case .uint8: Int64(UInt8(truncatingIfNeeded: value))
        case .int32: Int64(Int32(truncatingIfNeeded: value))
        case .uint32: Int64(UInt32(truncatingIfNeeded: value))
        default: value
        }
    }

    /// Integers divide toward zero.
    func quotient(_ value: Int64, _ divisor: Int) -> UInt64 {
        self == .uint64
            ? UInt64(bitPattern: value) / UInt64(divisor)
            : UInt64(bitPattern: value / Int64(divisor))
    }

    /// The nearest number of this type.
    func bits(of value: Double) -> UInt64 {
        switch self {
        case .float64: value.bitPattern
        case .float32: UInt64(Float(value).bitPattern)
        case .float16: UInt64(Float16(Float(value)).bitPattern)
        case .bfloat16: Self.bfloat16Bits(Float(value))
        default: 0
        }
    }

    private static func bfloat16Bits(_ value: Float) -> UInt64 {
        let bits = value.bitPattern
        return UInt64((bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
    }

    func double(of bits: UInt64) -> Double {
        self == .float64
            ? Double(bitPattern: bits) : Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    }

    func store(_ bits: UInt64, _ index: Int, in memory: UnsafeMutableRawPointer) {
        let place = memory + index * byteCount
        switch byteCount {
        case 1: place.storeBytes(of: UInt8(truncatingIfNeeded: bits), as: UInt8.self)
        case 2: place.storeBytes(of: UInt16(truncatingIfNeeded: bits), as: UInt16.self)
        case 4: place.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
        default: place.storeBytes(of: bits, as: UInt64.self)
        }
    }

    func load(_ index: Int, from memory: UnsafeRawPointer) -> UInt64 {
        let place = memory + index * byteCount
        return switch byteCount {
        case 1: UInt64(place.loadUnaligned(as: UInt8.self))
        case 2: UInt64(place.loadUnaligned(as: UInt16.self))
        case 4: UInt64(place.loadUnaligned(as: UInt32.self))
        default: place.loadUnaligned(as: UInt64.self)
        }
    }
}
