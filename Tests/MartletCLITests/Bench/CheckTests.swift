import Martlet
import Schedules
import Testing

@testable import MartletCLI

/// The values that results are held against.
@Suite struct CheckTests {
    private static let rankCounts = [1, 2, 3, 7, 60, 61, 200, 1000]

    @Test(arguments: DataType.allCases, ReductionOperation.allCases)
    func `every partial result is exact in every type, in any order`(
        type: DataType, operation: ReductionOperation
    ) {
        for rankCount in Self.rankCounts {
            let pattern = CheckPattern(
                type: type, operation: operation, rankCount: rankCount, seed: 5)
            for index in stride(from: 0, to: CheckPattern.period, by: 37) {
                let values = (0..<rankCount).map { pattern.value(rank: $0, index: index) }
                // The largest partial result of any order, however it is grouped.
                let bound =
                    switch operation {
                    case .sum, .average: values.map(abs).reduce(0, +)
                    case .product: values.map(abs).reduce(1, *)
                    case .minimum, .maximum: values.map(abs).max() ?? 0
                    }
                #expect(bound <= limit(of: type))
                #expect(type.isSigned || values.allSatisfy { $0 >= 0 })
            }
        }
    }

    /// Up to here the type holds every whole number.
    private func limit(of type: DataType) -> Int {
        switch type {
        case .int8: 127
        case .uint8: 255
        case .bfloat16: 256
        default: 2048
        }
    }

    @Test func `ranks, elements and repetitions differ`() {
        let first = CheckPattern(type: .int32, operation: .sum, rankCount: 4, seed: 1)
        var second = first
        second.seed = 2
        #expect(first.input(rank: 0) != first.input(rank: 1))
        #expect(first.input(rank: 0) != second.input(rank: 0))
        #expect(first.reduction() != second.reduction())
        #expect(Set(first.input(rank: 0)).count > 2)
    }

    @Test func `reductions of two ranks by hand`() {
        let pattern = CheckPattern(type: .int32, operation: .average, rankCount: 2, seed: 3)
        let bytes = pattern.reduction(count: 100)
        for index in 0..<100 {
            let sum = pattern.value(rank: 0, index: index) + pattern.value(rank: 1, index: index)
            #expect(bytes[4 * index] == UInt8(truncatingIfNeeded: sum / 2))
        }
        #expect(bytes.count == 400)
    }

    @Test func `bfloat16 is rounded to nearest, ties to even`() {
        #expect(CheckPattern.bfloat16(1) == 0x3f80)
        #expect(CheckPattern.bfloat16(-2) == 0xc000)
        #expect(CheckPattern.bfloat16(Float(bitPattern: 0x3f80_8000)) == 0x3f80)
        #expect(CheckPattern.bfloat16(Float(bitPattern: 0x3f81_8000)) == 0x3f82)
        #expect(CheckPattern.bfloat16(Float(bitPattern: 0x3f80_8001)) == 0x3f81)
    }

    @Test(arguments: [0, 1, 12, 13, 100, 1000], [0, 5, 29])
    func `memory is filled and compared through every repetition`(size: Int, offset: Int) {
        let pattern = (0..<12).map { UInt8($0) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
        defer { memory.deallocate() }
        PatternMemory.fill(memory, with: pattern, offset: offset)
        for index in 0..<size { #expect(memory[index] == UInt8((index + offset) % 12)) }
        func wrong() -> Int {
            PatternMemory.wrongCount(
                UnsafeRawBufferPointer(memory), against: pattern, offset: offset,
                elementByteCount: 1)
        }
        #expect(wrong() == 0)
        for index in stride(from: 0, to: size, by: 7) { memory[index] ^= 0x80 }
        #expect(wrong() == (size + 6) / 7)
    }

    @Test(arguments: Collective.allCases.filter { $0 != .barrier })
    func `a wrong byte anywhere is one wrong element`(collective: Collective) {
        let benchCase = BenchCase(
            collective, type: .float32, operation: .sum, root: 1, byteCount: 4096, rankCount: 4)
        let expectation = BenchExpectation(benchCase, rankCount: 4, seed: 9)
        let buffers = BenchBuffers(byteCount: benchCase.byteCount)
        let (input, output) = buffers.operands(benchCase, rank: 1, isInPlace: false)
        expectation.prepare(input, output, rank: 1)
        func wrong() -> Int {
            expectation.wrongCount(
                UnsafeRawBufferPointer(input), UnsafeRawBufferPointer(output), rank: 1,
                isInPlace: false)
        }
        // Nothing was communicated yet: nothing is right, except the input.
        let elements = output.count / 4
        #expect(wrong() == elements)
        input[5] ^= 1
        #expect(wrong() == elements + 1)
    }
}
