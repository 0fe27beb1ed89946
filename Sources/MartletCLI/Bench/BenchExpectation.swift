import Martlet
import Schedules

/// What stands in the buffers before a checked call, and what must stand there after it.
struct BenchExpectation {
    private let benchCase: BenchCase
    private let pattern: CheckPattern

    init(_ benchCase: BenchCase, rankCount: Int, seed: Int) {
        self.benchCase = benchCase
        pattern = CheckPattern(
            type: benchCase.type, operation: benchCase.operation, rankCount: rankCount, seed: seed)
    }

    /// Fills the output with bytes that are no result, then the input.
    func prepare(
        _ input: UnsafeMutableRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, rank: Int
    ) {
        unsafe PatternMemory.fill(output, with: [UInt8](repeating: 0xa5, count: 4096))
        guard benchCase.hasInput(on: rank) else { return }
        unsafe PatternMemory.fill(input, with: contribution(of: rank))
    }

    /// How many elements are wrong on this rank; an input apart from the output must be as it was.
    func wrongCount(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeRawBufferPointer, rank: Int,
        isInPlace: Bool
    ) -> Int {
        var wrong = unsafe wrongCount(output, rank: rank)
        if benchCase.hasInput(on: rank) && !isInPlace {
            wrong += unsafe count(input, against: contribution(of: rank))
        }
        return wrong
    }

    private func wrongCount(_ output: UnsafeRawBufferPointer, rank: Int) -> Int {
        switch benchCase.collective {
        case .allReduce: return unsafe count(output, against: reduction)
        case .reduce:
            return rank == benchCase.root ? unsafe count(output, against: reduction) : 0
        case .broadcast:
            return unsafe count(output, against: contribution(of: benchCase.root))
        case .reduceScatter:
            return unsafe count(output, against: reduction, offset: rank * output.count)
        case .allGather:
            let part = benchCase.count * benchCase.type.byteCount
            return (0..<pattern.rankCount).reduce(0) { wrong, other in
                let piece = unsafe UnsafeRawBufferPointer(
                    rebasing: output[(other * part)..<((other + 1) * part)])
                return unsafe wrong + count(piece, against: contribution(of: other))
            }
        case .barrier: return 0
        }
    }

    private var reduction: [UInt8] { pattern.reduction(count: benchCase.extent) }

    private func contribution(of rank: Int) -> [UInt8] {
        pattern.input(rank: rank, count: benchCase.extent)
    }

    private func count(
        _ memory: UnsafeRawBufferPointer, against pattern: [UInt8], offset: Int = 0
    ) -> Int {
        unsafe PatternMemory.wrongCount(
            memory, against: pattern, offset: offset,
            elementByteCount: benchCase.type.byteCount)
    }
}
