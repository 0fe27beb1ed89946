/// All programs of a schedule laid out flat, each step checked for itself.
///
/// Steps are numbered through all ranks; `id` is such a number, `index` one within a program.
struct Board {
    enum Kind { case send, receive, borrow, reduce }

    struct Entry {
        var kind: Kind
        /// What a send reads.
        var place: Place = .output
        var isFinal = false
        var rank: Int
        var peer: Int = -1
        var chunks: Range<Int>
        /// Ranges of `dependencies` and `operands`.
        var dependencies: Range<Int> = 0..<0
        var operands: Range<Int> = 0..<0
    }

    /// A dependency between ids.
    struct Wait {
        var step: Int
        var isWhole: Bool
    }

    enum Operand {
        case local(Place)
        case lent(Int)
    }

    let collective: Collective
    let algorithm: Algorithm
    let rankCount: Int
    let chunkCount: Int
    let root: Int
    /// The id of each rank's first step, and the number of all steps.
    private(set) var firstSteps: [Int] = [0]
    private(set) var steps: [Entry] = []
    private(set) var dependencies: [Wait] = []
    private(set) var operands: [Operand] = []
    /// The reduction that consumes a borrow, else -1.
    private(set) var consumers: [Int] = []
    /// The step at the other end of the link, else -1.
    var partners: [Int] = []
    /// The step before a receive or borrow in its lane, else -1.
    var lanePredecessors: [Int] = []
    var messageCount = 0

    init(first: Program, rankCount: Int) {
        collective = first.collective
        algorithm = first.algorithm
        chunkCount = first.chunkCount
        root = first.root
        self.rankCount = rankCount
    }

    func reference(_ id: Int) -> StepReference {
        let rank = steps[id].rank
        return StepReference(rank: rank, step: id - firstSteps[rank])
    }

    func refutation(_ fault: Refutation.Fault, at id: Int, _ message: String) -> Refutation {
        let reference = reference(id)
        return Refutation(fault, rank: reference.rank, step: reference.step, message)
    }

    /// The chunks that a rank reads, and those that it must end with.
    func demands(on rank: Int) -> (input: Range<Int>, output: Range<Int>) {
        let shape = BufferShape(
            collective, isRoot: rank == root, rank: rank, rankCount: rankCount)
        let size = chunkCount / shape.partCount
        return (shape.input.scaled(by: size), shape.output.scaled(by: size))
    }

    /// The chunks of a place that exist on a rank. Every rank of a reduce has room for what passes
    /// through it.
    func extent(of place: Place, on rank: Int) -> Range<Int> {
        switch place {
        case .input: demands(on: rank).input
        case .output: collective == .reduce ? 0..<chunkCount : demands(on: rank).output
        }
    }
}

extension Board {
    /// Adds the program of the next rank.
    mutating func append(_ program: Program, rank: Int) throws(Refutation) {
        assert(firstSteps.count == rank + 1, "programs arrive in the order of the ranks")
        try checkHead(of: program, rank: rank)
        let base = steps.count
        for (index, step) in program.steps.enumerated() {
            try append(step, index: index, rank: rank, base: base)
        }
        for id in base..<steps.count where steps[id].kind == .borrow && consumers[id] < 0 {
            throw refutation(.lending, at: id, "no reduction gives back what this step borrows")
        }
        firstSteps.append(steps.count)
    }

    private func checkHead(of program: Program, rank: Int) throws(Refutation) {
        func refuse(_ message: String) -> Refutation {
            Refutation(.malformed, rank: rank, step: nil, message)
        }
        guard program.rank == rank, program.rankCount == rankCount else {
            throw refuse(
                "the program is for rank \(program.rank) of \(program.rankCount),"
                    + " not for rank \(rank) of \(rankCount)")
        }
        guard program.collective == collective, program.algorithm == algorithm,
            program.root == root
        else { throw refuse("the program is for another call than rank 0's") }
        guard (0..<rankCount).contains(root) else { throw refuse("root \(root) is not a rank") }
        guard program.chunkCount == chunkCount, chunkCount > 0 else {
            throw refuse("\(program.chunkCount) chunks, rank 0 has \(chunkCount)")
        }
        if collective.isDivided, !chunkCount.isMultiple(of: rankCount) {
            throw refuse("\(chunkCount) chunks cannot be divided among \(rankCount) ranks")
        }
    }

    private mutating func append(
        _ step: Step, index: Int, rank: Int, base: Int
    ) throws(Refutation) {
        func refuse(_ fault: Refutation.Fault, _ message: String) -> Refutation {
            Refutation(fault, rank: rank, step: index, message)
        }
        guard !step.chunks.isEmpty, step.chunks.lowerBound >= 0,
            step.chunks.upperBound <= chunkCount
        else { throw refuse(.malformed, "chunks \(step.chunks) of \(chunkCount)") }
        var entry = Entry(kind: .send, rank: rank, chunks: step.chunks)
        switch step.action {
        case .send(let peer, let place):
            entry.peer = peer
            entry.place = place
            if let message = misuse(of: place, by: entry) { throw refuse(.unwritten, message) }
        case .receive(let peer):
            entry.kind = .receive
            entry.peer = peer
            if let message = misuse(of: .output, by: entry) { throw refuse(.overwrite, message) }
        case .borrow(let peer):
            entry.kind = .borrow
            entry.peer = peer
        case .reduce(let sources, let isFinal):
            entry.kind = .reduce
            entry.isFinal = isFinal
            if let message = misuse(of: .output, by: entry) { throw refuse(.overwrite, message) }
            entry.operands = try append(sources, of: entry, base: base, index: index)
        }
        if entry.kind != .reduce, !(0..<rankCount).contains(entry.peer) || entry.peer == rank {
            throw refuse(.malformed, "peer \(entry.peer) is not another of \(rankCount) ranks")
        }
        entry.dependencies = try append(step.dependencies, of: entry, base: base, index: index)
        steps.append(entry)
        consumers.append(-1)
    }

    private func misuse(of place: Place, by entry: Entry) -> String? {
        let extent = extent(of: place, on: entry.rank)
        if extent.lowerBound <= entry.chunks.lowerBound,
            entry.chunks.upperBound <= extent.upperBound
        {
            return nil
        }
        return "chunks \(entry.chunks) of the \(place), of which this rank has \(extent)"
    }

    private mutating func append(
        _ sources: [Source], of entry: Entry, base: Int, index: Int
    ) throws(Refutation) -> Range<Int> {
        func refuse(_ fault: Refutation.Fault, _ message: String) -> Refutation {
            Refutation(fault, rank: entry.rank, step: index, message)
        }
        let start = operands.count
        for source in sources {
            switch source {
            case .local(let place):
                if let message = misuse(of: place, by: entry) { throw refuse(.unwritten, message) }
                operands.append(.local(place))
            case .lent(let lender):
                guard (0..<index).contains(lender), steps[base + lender].kind == .borrow else {
                    throw refuse(.lending, "step \(lender) is no earlier borrow")
                }
                guard consumers[base + lender] < 0 else {
                    throw refuse(.lending, "reads what step \(lender) lent after its release")
                }
                guard steps[base + lender].chunks == entry.chunks else {
                    throw refuse(
                        .lending,
                        "chunks \(entry.chunks) of what step \(lender) lent, which is chunks"
                            + " \(steps[base + lender].chunks)")
                }
                consumers[base + lender] = base + index
                operands.append(.lent(base + lender))
            }
        }
        guard operands.count > start else { throw refuse(.malformed, "reduces nothing") }
        return start..<operands.count
    }

    private mutating func append(
        _ waits: [Dependency], of entry: Entry, base: Int, index: Int
    ) throws(Refutation) -> Range<Int> {
        let start = dependencies.count
        for wait in waits {
            guard (0..<index).contains(wait.step) else {
                throw Refutation(
                    .malformed, rank: entry.rank, step: index,
                    "waits for step \(wait.step), which is no earlier one")
            }
            guard wait.extent == .whole || steps[base + wait.step].chunks == entry.chunks else {
                throw Refutation(
                    .malformed, rank: entry.rank, step: index,
                    "follows step \(wait.step) byte by byte, which covers other chunks")
            }
            dependencies.append(
                Wait(step: base + wait.step, isWhole: wait.extent == .whole))
        }
        return start..<dependencies.count
    }
}
