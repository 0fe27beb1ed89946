import CReductionKernels
import TestSupport
import Testing

/// The promises of the header, in numbers, on the variant that this processor uses.
@Suite struct SemanticsTests {
    private func combine(
        _ type: ElementType, _ operation: Operation, _ operands: [UInt64]
    ) throws -> UInt64 {
        var generator = SeededGenerator(seed: 2)
        let bench = Workbench(type.kind, operands.map { [$0] }, using: &generator)
        let kernel = creduction_lookup(type.rawValue, operation.rawValue)
        return try bench.combine(kernel)[0]
    }

    private func average(
        _ type: ElementType, _ operands: [UInt64], by divisor: UInt32
    ) throws -> UInt64 {
        var generator = SeededGenerator(seed: 3)
        let bench = Workbench(type.kind, operands.map { [$0] }, using: &generator)
        let kernel = creduction_lookup(type.rawValue, Operation.average.rawValue)
        return try bench.finish(kernel, divisor: divisor)[0]
    }

    @Test func `float16 sums are rounded once per combination`() throws {
        let big = UInt64(Float16(2048).bitPattern)
        let one = UInt64(Float16(1).bitPattern)
        #expect(try combine(.float16, .sum, [big, one, one]) == UInt64(Float16(2050).bitPattern))
        let partial = try combine(.float16, .sum, [big, one])
        #expect(try combine(.float16, .sum, [partial, one]) == big)
    }

    @Test func `a float16 average may have a sum beyond the range`() throws {
        let operand = UInt64(Float16(40000).bitPattern)
        #expect(try average(.float16, [operand, operand], by: 2) == operand)
        #expect(try combine(.float16, .sum, [operand, operand]) == 0x7C00)
    }

    @Test func `an integer average wraps, then truncates toward zero`() throws {
        #expect(try average(.int8, [100, 100], by: 2) == UInt64(UInt8(bitPattern: -28)))
        #expect(try average(.uint8, [200, 100], by: 2) == 22)
        let minusSeven = UInt64(UInt32(bitPattern: -7))
        #expect(try average(.int32, [minusSeven], by: 2) == UInt64(UInt32(bitPattern: -3)))
        #expect(try average(.uint64, [UInt64.max], by: 2) == UInt64.max / 2)
        #expect(try average(.int64, [1 << 63], by: 1) == 1 << 63)
    }

    @Test func `NaN wins over every number, as the canonical NaN`() throws {
        let negativeSignalling: UInt64 = 0xFF80_0001
        let number = UInt64(Float(1).bitPattern)
        for operation in Operation.allCases {
            for operands in [[negativeSignalling, number], [number, negativeSignalling]] {
                #expect(try combine(.float32, operation, operands) == 0x7FC0_0000)
            }
        }
        let infinities = [UInt64(0x7F80_0000), 0xFF80_0000]
        #expect(try combine(.float32, .sum, infinities) == 0x7FC0_0000)
    }

    @Test func `a copy keeps the NaN it is given`() throws {
        #expect(try combine(.float32, .sum, [0xFF80_0001]) == 0xFF80_0001)
    }

    @Test func `minus zero is less than zero`() throws {
        let zeros = [UInt64(0), 0x8000_0000]
        for operands in [zeros, zeros.reversed()] {
            #expect(try combine(.float32, .minimum, operands) == 0x8000_0000)
            #expect(try combine(.float32, .maximum, operands) == 0)
        }
    }

    @Test(arguments: [ElementType.float16, .bfloat16], Operation.allCases)
    func `every 16-bit float meets every kind of partner`(
        type: ElementType, operation: Operation
    ) throws {
        var generator = SeededGenerator(seed: 4)
        let all = (0...UInt64(UInt16.max)).map { $0 }
        let partners = [0x0000, 0x8001, 0x03FF, 0x3C01, 0xBC00, 0x7BFF, 0x4B81, 0xFF7F]
        for variant in [creduction_baseline, creduction_avx2, creduction_avx512] {
            let variant = creduction_variant(variant)
            guard creduction_variant_is_supported(variant) else { continue }
            let kernel = creduction_lookup_variant(
                variant, type.rawValue, operation.rawValue)
            let partner = UInt64(partners.randomElement(using: &generator) ?? 0)
            let bench = Workbench(
                type.kind, [all, all.map { _ in partner }], using: &generator)
            let expected = bench.expected { type.kind.combine(operation, $0) }
            #expect(try bench.combine(kernel) == expected, "partner \(partner)")
        }
    }
}
