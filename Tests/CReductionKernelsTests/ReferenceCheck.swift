import CReductionKernels
import TestSupport
import Testing

/// Compares the kernels of one variant with the reference, bit by bit.
struct ReferenceCheck {
    let variant: creduction_variant
    let type: ElementType
    let operation: Operation

    private var kernel: creduction_kernel {
        creduction_lookup_variant(variant, type.rawValue, operation.rawValue)
    }

    /// Every count up to beyond two whole visits of a loop, and some long ones, for two and three
    /// sources and, in turn, other numbers of them; the destination takes turns between memory of
    /// its own and each source.
    func countsAndSources() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let kind = type.kind
        for count in Array(0...100) + [255, 513, 1030] {
            for sourceCount in [2, 3, [1, 4, 5, 17][count % 4]] {
                let operands = (0..<sourceCount).map { _ in
                    (0..<count).map { _ in draw(kind, &generator) }
                }
                let turn = (count + sourceCount) % (sourceCount + 1)
                let bench = Workbench(kind, operands, using: &generator)
                let inPlace = turn == 0 ? nil : turn - 1
                let divisor = [1, 2, 3, 7, 100, 255, 256, 65537, UInt32.max].randomElement(
                    using: &generator)
                try compare(
                    bench, inPlace: inPlace, divisor: divisor ?? 1,
                    "seed \(seed), count \(count), \(sourceCount) sources, in place \(turn - 1)")
            }
        }
    }

    /// Every pair of notable values, at several positions relative to the vectors.
    func notablePairs() throws {
        var generator = SeededGenerator(seed: 1)
        let kind = type.kind
        var left: [UInt64] = []
        var right: [UInt64] = []
        for first in kind.notable {
            for second in kind.notable {
                left.append(first)
                right.append(second)
            }
        }
        for shift in 0..<5 {
            let bench = Workbench(
                kind, [Array(left.dropFirst(shift)), Array(right.dropFirst(shift))],
                using: &generator)
            try compare(bench, inPlace: shift % 3 == 2 ? nil : shift % 3, divisor: 3, "\(shift)")
        }
    }

    private func compare(
        _ bench: Workbench, inPlace: Int?, divisor: UInt32, _ comment: Comment
    ) throws {
        let kind = bench.kind
        let isCopy = bench.operands.count == 1
        let combined = try bench.combine(kernel, inPlace: inPlace)
        let expected = isCopy ? bench.operands[0] : bench.expected { kind.combine(operation, $0) }
        #expect(combined == expected, comment)
        guard operation == .average else { return }
        let finished = try bench.finish(kernel, divisor: divisor, inPlace: inPlace)
        #expect(finished == bench.expected { kind.average($0, divisor) }, comment)
    }

    /// Mostly any bits at all; often an edge, so that edges meet; often moderate numbers, so that
    /// floats do not always overflow.
    private func draw(_ kind: ElementKind, _ generator: inout SeededGenerator) -> UInt64 {
        let word = generator.next() >> UInt64(64 - 8 * kind.byteCount)
        switch generator.next() % 4 {
        case 0: return kind.notable[Int(word % UInt64(kind.notable.count))]
        case 1: return moderate(word, kind)
        default: return word
        }
    }

    private func moderate(_ word: UInt64, _ kind: ElementKind) -> UInt64 {
        let isNegative = word & 1 == 1
        let small = Double((word >> 1) % 1000) / 8 * (isNegative ? -1 : 1)
        switch type {
        case .float16: return UInt64(Float16(small).bitPattern)
        case .bfloat16: return UInt64(Float(small).bitPattern >> 16)
        case .float32: return UInt64(Float(small).bitPattern)
        case .float64: return small.bitPattern
        default: return word % 100
        }
    }
}
