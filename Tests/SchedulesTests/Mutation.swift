import Schedules
import TestSupport

/// One change to one step of a schedule.
enum Mutation: CaseIterable {
    case dropStep, retarget, changeChunks, dropDependency, weakenDependency, swapPlace
    case dropSource, doubleSource, toggleFinal, exchangeSteps, exchangeSources
}

extension Schedule {
    /// The schedule after a mutation at a place drawn by the generator; nil where the place drawn
    /// has nothing to mutate.
    func mutated(
        by mutation: Mutation, using generator: inout SeededGenerator
    ) -> (schedule: Schedule, place: StepReference)? {
        let rank = Int.random(in: programs.indices, using: &generator)
        guard let index = programs[rank].steps.indices.randomElement(using: &generator)
        else { return nil }
        var mutant = self
        guard mutant.programs[rank].mutate(index, by: mutation, using: &generator),
            mutant != self
        else { return nil }
        return (mutant, StepReference(rank: rank, step: index))
    }
}

extension Program {
    fileprivate mutating func mutate(
        _ index: Int, by mutation: Mutation, using generator: inout SeededGenerator
    ) -> Bool {
        switch mutation {
        case .dropStep:
            remove(index)
            return true
        case .exchangeSteps: return exchange(index, index + 1)
        case .changeChunks: return changeChunks(of: index, using: &generator)
        case .dropDependency: return dropDependency(of: index, using: &generator)
        case .weakenDependency: return weakenDependency(of: index, using: &generator)
        default:
            guard let action = changed(steps[index].action, by: mutation, using: &generator)
            else { return false }
            steps[index].action = action
            return true
        }
    }

    /// Takes a step out, with all that refers to it, and renumbers the others.
    mutating func remove(_ index: Int) {
        steps.remove(at: index)
        renumber { $0 == index ? nil : $0 > index ? $0 - 1 : $0 }
    }

    private mutating func exchange(_ first: Int, _ second: Int) -> Bool {
        guard steps.indices.contains(second) else { return false }
        steps.swapAt(first, second)
        renumber { $0 == first ? second : $0 == second ? first : $0 }
        return true
    }

    private mutating func renumber(_ number: (Int) -> Int?) {
        for index in steps.indices {
            steps[index].dependencies = steps[index].dependencies.compactMap { wait in
                number(wait.step).map { Dependency(step: $0, extent: wait.extent) }
            }
            guard case .reduce(let sources, let isFinal) = steps[index].action else { continue }
            let renumbered = sources.compactMap { source -> Source? in
                guard case .lent(let step) = source else { return source }
                return number(step).map { .lent(step: $0) }
            }
            steps[index].action = .reduce(sources: renumbered, isFinal: isFinal)
        }
    }

    private mutating func changeChunks(
        of index: Int, using generator: inout SeededGenerator
    ) -> Bool {
        let lower = Int.random(in: 0..<chunkCount, using: &generator)
        let upper = Int.random(in: lower + 1...chunkCount, using: &generator)
        defer { steps[index].chunks = lower..<upper }
        return steps[index].chunks != lower..<upper
    }

    private mutating func dropDependency(
        of index: Int, using generator: inout SeededGenerator
    ) -> Bool {
        guard let wait = steps[index].dependencies.indices.randomElement(using: &generator)
        else { return false }
        steps[index].dependencies.remove(at: wait)
        return true
    }

    private mutating func weakenDependency(
        of index: Int, using generator: inout SeededGenerator
    ) -> Bool {
        guard let wait = steps[index].dependencies.indices.randomElement(using: &generator)
        else { return false }
        let extent = steps[index].dependencies[wait].extent
        steps[index].dependencies[wait].extent = extent == .whole ? .prefix : .whole
        return true
    }

    private func changed(
        _ action: Step.Action, by mutation: Mutation, using generator: inout SeededGenerator
    ) -> Step.Action? {
        let peer = (0..<rankCount).filter { $0 != rank }.randomElement(using: &generator)
        switch (action, mutation) {
        case (.send(_, let place), .retarget): return peer.map { .send(to: $0, from: place) }
        case (.receive, .retarget): return peer.map { .receive(from: $0) }
        case (.borrow, .retarget): return peer.map { .borrow(from: $0) }
        case (.send(let peer, let place), .swapPlace): return .send(to: peer, from: place.other)
        case (.reduce(let sources, let isFinal), .toggleFinal):
            return .reduce(sources: sources, isFinal: !isFinal)
        case (.reduce(var sources, let isFinal), _):
            guard let index = sources.indices.randomElement(using: &generator) else { return nil }
            switch mutation {
            case .dropSource: sources.remove(at: index)
            case .doubleSource: sources.append(sources[index])
            case .exchangeSources: sources.swapAt(index, 0)
            case .swapPlace:
                guard case .local(let place) = sources[index] else { return nil }
                sources[index] = .local(place.other)
            default: return nil
            }
            return .reduce(sources: sources, isFinal: isFinal)
        default: return nil
        }
    }
}

extension Place {
    fileprivate var other: Place { self == .input ? .output : .input }
}
