import Testing

@testable import Schedules

@Suite struct ProgramTests {
    @Test(arguments: [0, 1, 2, 7, 64, 1_000_003])
    func `chunks cover the extent without gap or overlap`(elementCount: Int) {
        let program = Program(
            collective: .allReduce, algorithm: .ring, rank: 0, rankCount: 7, chunkCount: 7,
            steps: [])
        var next = 0
        for chunk in 0..<7 {
            let elements = program.elements(of: chunk..<chunk + 1, in: elementCount)
            #expect(elements.lowerBound == next)
            next = elements.upperBound
        }
        #expect(next == elementCount)
    }
}
