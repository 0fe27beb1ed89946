import TestSupport
import Testing

@testable import Schedules

@Suite struct InterpreterTests {
    @Test(arguments: Case.all(1...7))
    func `proved schedules compute the right result in any order of events`(
        _ example: Case
    ) throws {
        var generator = SeededGenerator(seed: 1)
        for root in example.roots {
            let schedule = try Schedule(example.pattern(root: root))
            for isInPlace in [false, true] {
                for elementCount in [1, 2 * example.rankCount + 1] {
                    var interpreter = Interpreter(
                        schedule, elementCount: elementCount, isInPlace: isInPlace,
                        lentCapacity: Int.random(in: 1...3, using: &generator))
                    #expect(interpreter.run(using: &generator) == .right)
                }
            }
        }
    }
}
