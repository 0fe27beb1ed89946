import Schedules
import TestSupport

/// Runs a schedule on numbers, element by element, in an order drawn from a seed: the prover's
/// claims checked by other means.
///
/// Links hold nothing but a few elements lent ahead. Whatever may happen at a moment is equally
/// likely to happen next, so memory that is used in the wrong order is found sooner or later.
struct Interpreter {
    /// What an element is made of: how often each rank contributes, eight bits each, and how often
    /// it was completed.
    struct Value: Hashable {
        var contributions: UInt64
        var completions = 0
    }

    enum Outcome: Equatable { case right, wrong(String), stuck }

    private let programs: [Program]
    private let elementCount: Int
    private let isInPlace: Bool
    private let lentCapacity: Int
    private var inputs: [[Value?]]
    private var outputs: [[Value?]]
    private var lent: [[[Value?]]]
    private var progress: [[Int]]

    private enum Move {
        case transfer(sender: Int, send: Int, receiver: Int, receive: Int)
        case reduce(rank: Int, step: Int)
    }

    init(_ schedule: Schedule, elementCount: Int, isInPlace: Bool, lentCapacity: Int) {
        programs = schedule.programs
        self.elementCount = elementCount
        self.isInPlace = isInPlace
        self.lentCapacity = lentCapacity
        inputs = programs.map { program in
            let filled = Interpreter.extent(.input, program, elementCount)
            return (0..<elementCount).map {
                filled.contains($0) ? Value(contributions: 1 << (8 * program.rank)) : nil
            }
        }
        outputs = programs.map { _ in [Value?](repeating: nil, count: elementCount) }
        lent = programs.map { $0.steps.map { _ in [] } }
        progress = programs.map { $0.steps.map { _ in 0 } }
    }

    mutating func run(using generator: inout SeededGenerator) -> Outcome {
        while let move = moves().randomElement(using: &generator) { make(move) }
        for (rank, program) in programs.enumerated() {
            for index in program.steps.indices where !isOver(rank, index) { return .stuck }
        }
        return verdict()
    }

    private func elements(_ rank: Int, _ index: Int) -> Range<Int> {
        programs[rank].elements(of: programs[rank].steps[index].chunks, in: elementCount)
    }

    private func isOver(_ rank: Int, _ index: Int) -> Bool {
        progress[rank][index] == elements(rank, index).count
    }

    private static func extent(_ place: Place, _ program: Program, _ count: Int) -> Range<Int> {
        let part = program.chunkCount / program.rankCount
        let own = program.rank * part..<(program.rank + 1) * part
        switch (program.collective, place) {
        case (.allGather, .input), (.reduceScatter, .output):
            return program.elements(of: own, in: count)
        case (.broadcast, .input): return program.rank == program.root ? 0..<count : 0..<0
        default: return 0..<count
        }
    }
}

extension Interpreter {
    private func moves() -> [Move] {
        var moves: [Move] = []
        for (rank, program) in programs.enumerated() {
            var peers: Set<Int> = []
            for (index, step) in program.steps.enumerated() where !isOver(rank, index) {
                switch step.action {
                case .send(let peer, _):
                    guard peers.insert(peer).inserted, isReady(rank, index),
                        let receive = awaited(from: rank, by: peer), isReady(peer, receive)
                    else { continue }
                    moves.append(
                        .transfer(sender: rank, send: index, receiver: peer, receive: receive))
                case .reduce(let sources, _):
                    let isFed = sources.allSatisfy { source in
                        guard case .lent(let step) = source else { return true }
                        return progress[rank][step] > progress[rank][index]
                    }
                    if isFed, isReady(rank, index) {
                        moves.append(.reduce(rank: rank, step: index))
                    }
                case .receive, .borrow: continue
                }
            }
        }
        return moves
    }

    /// The step that takes what comes next from a peer.
    private func awaited(from peer: Int, by rank: Int) -> Int? {
        programs[rank].steps.indices.first { index in
            guard !isOver(rank, index) else { return false }
            switch programs[rank].steps[index].action {
            case .receive(let from), .borrow(let from): return from == peer
            default: return false
            }
        }
    }

    private func isReady(_ rank: Int, _ index: Int) -> Bool {
        let step = programs[rank].steps[index]
        let done = progress[rank][index]
        if case .borrow = step.action {
            let consumer = programs[rank].steps.firstIndex { other in
                guard case .reduce(let sources, _) = other.action else { return false }
                return sources.contains(.lent(step: index))
            }
            guard let consumer, done - progress[rank][consumer] < lentCapacity else { return false }
        }
        return step.dependencies.allSatisfy { wait in
            wait.extent == .whole
                ? isOver(rank, wait.step) : progress[rank][wait.step] > done
        }
    }

    private mutating func make(_ move: Move) {
        switch move {
        case .transfer(let sender, let send, let receiver, let receive):
            guard case .send(_, let place) = programs[sender].steps[send].action else { return }
            let from = elements(sender, send).lowerBound + progress[sender][send]
            let value = load(sender, place, from)
            if case .borrow = programs[receiver].steps[receive].action {
                lent[receiver][receive].append(value)
            } else {
                let to = elements(receiver, receive).lowerBound + progress[receiver][receive]
                store(value, receiver, to)
            }
            progress[sender][send] += 1
            progress[receiver][receive] += 1
        case .reduce(let rank, let index):
            reduce(rank, index)
            progress[rank][index] += 1
        }
    }

    private mutating func reduce(_ rank: Int, _ index: Int) {
        guard case .reduce(let sources, let isFinal) = programs[rank].steps[index].action
        else { return }
        let done = progress[rank][index]
        let element = elements(rank, index).lowerBound + done
        var result: Value?
        for (position, source) in sources.enumerated() {
            let operand =
                switch source {
                case .local(let place): load(rank, place, element)
                case .lent(let step): lent[rank][step][done]
                }
            result = position == 0 ? operand : Interpreter.combine(result, operand)
        }
        if isFinal { result?.completions += 1 }
        store(result, rank, element)
    }

    private static func combine(_ left: Value?, _ right: Value?) -> Value? {
        guard let left, let right else { return nil }
        return Value(
            contributions: left.contributions &+ right.contributions,
            completions: left.completions + right.completions)
    }

    private func load(_ rank: Int, _ place: Place, _ element: Int) -> Value? {
        place == .input || isInPlace ? inputs[rank][element] : outputs[rank][element]
    }

    private mutating func store(_ value: Value?, _ rank: Int, _ element: Int) {
        if isInPlace { inputs[rank][element] = value } else { outputs[rank][element] = value }
    }

    private func verdict() -> Outcome {
        var all = Value(contributions: 0, completions: 1)
        for rank in programs.indices { all.contributions += 1 << (8 * rank) }
        for program in programs {
            if program.collective == .reduce, program.rank != program.root { continue }
            for element in Interpreter.extent(.output, program, elementCount) {
                let expected: Value =
                    switch program.collective {
                    case .allGather:
                        Value(contributions: 1 << (8 * owner(of: element, program)))
                    case .broadcast: Value(contributions: 1 << (8 * program.root))
                    default: all
                    }
                let value = load(program.rank, .output, element)
                if value != expected {
                    return .wrong("rank \(program.rank) element \(element): \(value as Any)")
                }
            }
        }
        return .right
    }

    private func owner(of element: Int, _ program: Program) -> Int {
        let part = program.chunkCount / program.rankCount
        return programs.indices.first { rank in
            program.elements(of: rank * part..<(rank + 1) * part, in: elementCount)
                .contains(element)
        } ?? 0
    }
}
