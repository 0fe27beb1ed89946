import Martlet
import Schedules

/// What the ranks put into a collective, and what must come out of it, bit by bit.
///
/// Contributions are small integers, few enough of them other than 0 (sum) or 1 (product) that
/// every partial result is exact in every type and in every order: bfloat16 counts to 256, int8 to
/// 127. The pattern repeats after a prime number of elements, so that a chunk in the wrong place is
/// a wrong chunk, and filling and checking are copies and comparisons of one period.
struct CheckPattern {
    static let period = 4093

    var type: DataType
    var operation: ReductionOperation
    var rankCount: Int
    /// Differs between repetitions, so that old results are not taken for new ones.
    var seed: Int

    /// At most so many ranks contribute to an element of a sum, with at most 2 each: 120.
    private static let contributorLimit = 60
    /// At most so many factors of an element of a product are 2.
    private static let doublingLimit = 5

    /// What a rank contributes at an index of the period.
    func value(rank: Int, index: Int) -> Int {
        let mixed = Self.mix(rank, index, seed)
        switch operation {
        case .sum, .average:
            guard contributes(rank, index, of: Self.contributorLimit) else { return 0 }
            return type.isSigned ? mixed % 5 - 2 : mixed % 5
        case .product:
            let magnitude = contributes(rank, index, of: Self.doublingLimit) ? 2 : 1
            return type.isSigned && mixed.isMultiple(of: 2) ? -magnitude : magnitude
        case .minimum, .maximum:
            return type.isSigned ? mixed % 201 - 100 : mixed % 201
        }
    }

    /// What the ranks' contributions come down to, before the division of an average.
    func combined(index: Int) -> Int {
        let values = (0..<rankCount).lazy.map { value(rank: $0, index: index) }
        return switch operation {
        case .sum, .average: values.reduce(0, +)
        case .product: values.reduce(1, *)
        case .minimum: values.min() ?? 0
        case .maximum: values.max() ?? 0
        }
    }

    private func contributes(_ rank: Int, _ index: Int, of limit: Int) -> Bool {
        let stride = (rankCount + limit - 1) / limit
        return (rank + index) % stride == 0
    }

    /// Any mixing will do that looks different for neighbours; this is the end of SplitMix64.
    private static func mix(_ rank: Int, _ index: Int, _ seed: Int) -> Int {
        var word = UInt64(rank &* 1_000_003 &+ index &* 8191 &+ seed &* 31) &+ 0x9e37_79b9_7f4a_7c15
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((word ^ (word >> 31)) >> 1)
    }
}

extension CheckPattern {
    /// One period of what a rank contributes, as the type stores it; of fewer elements, all.
    func input(rank: Int, count: Int = period) -> [UInt8] {
        encode((0..<min(count, Self.period)).lazy.map { value(rank: rank, index: $0) })
    }

    /// One period of the reduction of all contributions; of fewer elements, all.
    func reduction(count: Int = period) -> [UInt8] {
        let sums = (0..<min(count, Self.period)).lazy.map { combined(index: $0) }
        guard operation == .average else { return encode(sums) }
        // Divided once: integers truncate toward zero, the short floats are divided as float32.
        switch type {
        case .float64: return store(sums.lazy.map { (Double($0) / Double(rankCount)).bitPattern })
        case .float16, .bfloat16, .float32:
            return encode(sums.lazy.map { Float($0) / Float(rankCount) })
        default: return encode(sums.lazy.map { $0 / rankCount })
        }
    }

    /// Whole numbers as the type stores them.
    func encode(_ values: some Sequence<Int>) -> [UInt8] {
        switch type {
        case .int8, .uint8: store(values.lazy.map { UInt8(truncatingIfNeeded: $0) })
        case .int32, .uint32: store(values.lazy.map { UInt32(truncatingIfNeeded: $0) })
        case .int64, .uint64: store(values.lazy.map { UInt64(truncatingIfNeeded: $0) })
        case .float64: store(values.lazy.map { Double($0).bitPattern })
        case .float16, .bfloat16, .float32: encode(values.lazy.map { Float($0) })
        }
    }

    private func encode(_ values: some Sequence<Float>) -> [UInt8] {
        switch type {
        case .float16: store(values.lazy.map { Float16($0).bitPattern })
        case .bfloat16: store(values.lazy.map(Self.bfloat16))
        default: store(values.lazy.map(\.bitPattern))
        }
    }

    /// Rounded to nearest, ties to even; no NaN occurs here.
    static func bfloat16(_ value: Float) -> UInt16 {
        let word = value.bitPattern
        return UInt16(truncatingIfNeeded: (word &+ 0x7fff &+ (word >> 16 & 1)) >> 16)
    }

    private func store(_ words: some Sequence<some FixedWidthInteger>) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in words {
            for byte in 0..<type.byteCount {
                bytes.append(UInt8(truncatingIfNeeded: word >> (8 * byte)))
            }
        }
        return bytes
    }
}
