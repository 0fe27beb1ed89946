import Testing

@testable import Schedules

@Suite struct TextTests {
    @Test func `a program reads as a list of steps`() throws {
        let program = try Program.make(
            collective: .allReduce, algorithm: .ring, rank: 0, rankCount: 2)
        #expect(
            program.description == """
                rank 0 of 2: all-reduce by ring, 2 chunks
                  0: send 0..<1 of the input to 1
                  1: borrow 1..<2 from 1
                  2: reduce 1..<2 of lent by 1, input (final)
                  3: send 1..<2 of the output to 1, following 2
                  4: receive 0..<1 from 1, following 0
                """)
    }

    @Test func `a program is written as JSON`() throws {
        let program = try Program.make(
            collective: .broadcast, algorithm: .ring, rank: 1, rankCount: 3, root: 0)
        #expect(
            program.json == #"{"collective":"broadcast","algorithm":"ring","rank":1,"rankCount":3,"#
                + #""root":0,"chunkCount":1,"steps":[{"do":"receive","from":0,"chunks":[0,1],"#
                + #""after":[]},{"do":"send","to":2,"place":"output","chunks":[0,1],"#
                + #""after":[{"step":0,"extent":"prefix"}]}]}"#)
    }
}
