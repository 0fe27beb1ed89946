import Collectives
import Schedules
import Testing

@testable import SimulationSupport

/// The checks of a simulation notice what they are there for.
@Suite struct JudgementTests {
    private func plan(_ collective: Collective, isRough: Bool = false) -> CallPlan {
        CallPlan(
            collective: collective, type: .float32, operation: .sum, count: 10, root: 0, salt: 7,
            isRough: isRough)
    }

    private func memory(_ plan: CallPlan, isInPlace: Bool) -> CallMemory {
        CallMemory(plan, rank: 1, rankCount: 3, isInPlace: isInPlace, shift: 3)
    }

    @Test func `a written input is noticed, unless it is the output too`() {
        let apart = memory(plan(.allReduce), isInPlace: false)
        apart.input[5] ^= 1
        #expect(apart.violationAtReturn(hasMoved: true) != nil)
        let inPlace = memory(plan(.allReduce), isInPlace: true)
        inPlace.input[5] ^= 1
        #expect(inPlace.violationAtReturn(hasMoved: true) == nil)
        #expect(inPlace.violationAtReturn(hasMoved: false) != nil)
    }

    @Test(arguments: [Collective.allReduce, .allGather, .reduceScatter], [true, false])
    func `a byte beside a buffer is noticed`(collective: Collective, isInPlace: Bool) throws {
        for offset in [-1, 0] {
            let memory = memory(plan(collective), isInPlace: isInPlace)
            let output = memory.output
            let outer = memory.input.count > output.count && isInPlace ? memory.input : output
            let start = try #require(outer.baseAddress)
            let place = offset < 0 ? start - 1 : start + outer.count
            place.storeBytes(of: 0x33, as: UInt8.self)
            #expect(memory.violationAtReturn(hasMoved: true) != nil)
        }
    }

    @Test func `a write after the return is noticed`() {
        let memory = memory(plan(.allReduce), isInPlace: false)
        #expect(memory.violationAtReturn(hasMoved: true) == nil)
        #expect(memory.violationSinceReturn == nil)
        memory.output[0] ^= 1
        #expect(memory.violationSinceReturn != nil)
    }

    @Test func `a wrong bit of a result is noticed`() {
        let plan = plan(.broadcast)
        let expectation = Expectation(plan, rankCount: 3)
        let root = CallMemory(plan, rank: 0, rankCount: 3, isInPlace: true, shift: 0)
        #expect(expectation.violation(root.output, rank: 0) == nil)
        root.output[17] ^= 1
        #expect(expectation.violation(root.output, rank: 0) != nil)
    }

    @Test func `ranks whose rounding differs are noticed`() throws {
        let plan = plan(.allReduce, isRough: true)
        let elements = Elements(plan: plan, rankCount: 3)
        let expectation = Expectation(plan, rankCount: 3)
        let memory = memory(plan, isInPlace: false)
        let start = try #require(memory.output.baseAddress)
        for index in 0..<10 {
            let sum = (0..<3).reduce(0.0) { sum, rank in
                sum + plan.type.double(of: elements.inputBits(rank, index))
            }
            plan.type.store(plan.type.bits(of: sum), index, in: start)
        }
        #expect(expectation.violation(memory.output, rank: 0) == nil)
        memory.output[0] ^= 1
        #expect(expectation.violation(memory.output, rank: 1) != nil)
    }

    @Test func `a rank depends on those whose bytes reach it, and on no others`() throws {
        let shelf = ProgramShelf(rankCount: 5, order: [0, 1, 2, 3, 4])
        let ring = ProgramShelf.Key(collective: .broadcast, algorithm: .ring, root: 1)
        #expect(try shelf.origins(ring, of: 1, elementCount: 9) == [])
        #expect(try shelf.origins(ring, of: 4, elementCount: 9) == [1, 2, 3])
        let all = ProgramShelf.Key(collective: .allReduce, algorithm: .ring, root: 0)
        #expect(try shelf.origins(all, of: 2, elementCount: 9) == [0, 1, 3, 4])
        // Nothing flows, but the neighbour's header is waited for.
        #expect(try shelf.origins(all, of: 2, elementCount: 0) == [1])
    }
}
