import TestSupport
import Testing

@testable import Schedules

@Suite struct MutationTests {
    /// What became of the mutants of one kind.
    private struct Tally {
        var refuted = 0
        var proved = 0
    }

    private static let seed: UInt64 = 20_261_123

    private func mutate(
        _ mutation: Mutation, attempts: Int,
        whenProved: (Schedule, StepReference, inout SeededGenerator) throws -> Void
    ) throws -> Tally {
        var generator = SeededGenerator(seed: MutationTests.seed)
        var tally = Tally()
        let cases = Case.all(2...6)
        for _ in 0..<attempts {
            guard let example = cases.randomElement(using: &generator) else { continue }
            let root = Int.random(in: 0..<example.rankCount, using: &generator)
            let schedule = try Schedule(example.pattern(root: root))
            guard let mutant = schedule.mutated(by: mutation, using: &generator) else { continue }
            do {
                _ = try mutant.schedule.prove()
                tally.proved += 1
                try whenProved(mutant.schedule, mutant.place, &generator)
            } catch is Refutation {
                tally.refuted += 1
            }
        }
        print("\(mutation): \(tally.refuted) refuted, \(tally.proved) proved (seed \(Self.seed))")
        return tally
    }

    @Test(arguments: [
        Mutation.dropStep, .retarget, .changeChunks, .dropDependency, .dropSource, .doubleSource,
        .toggleFinal,
    ])
    func `a schedule that lost or changed what it needs is refuted`(_ mutation: Mutation) throws {
        let tally = try mutate(mutation, attempts: 800) { schedule, place, _ in
            Issue.record(
                "\(mutation) of \(place) was not noticed: \(schedule.programs[place.rank])")
        }
        #expect(tally.refuted > 100)
    }

    @Test(arguments: [Mutation.weakenDependency, .swapPlace, .exchangeSteps, .exchangeSources])
    func `what is proved after a change still computes the right result`(
        _ mutation: Mutation
    ) throws {
        let tally = try mutate(mutation, attempts: 700) { schedule, place, generator in
            for attempt in 0..<2 {
                var interpreter = Interpreter(
                    schedule, elementCount: 11, isInPlace: attempt.isMultiple(of: 2),
                    lentCapacity: 1 + attempt)
                #expect(interpreter.run(using: &generator) == .right, "\(mutation) of \(place)")
            }
        }
        #expect(tally.refuted > 5 && tally.proved > 5)
    }
}
