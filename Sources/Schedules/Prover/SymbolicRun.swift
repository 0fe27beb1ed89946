/// Runs all ranks on symbols instead of numbers, and checks what they end with.
struct SymbolicRun {
    private let board: Board
    private let isInPlace: Bool
    private var expressions: Expressions
    /// The value of each chunk of each rank's input, then output; -1 where there is none.
    private var memory: [Int]
    /// Where the values that a borrow lent begin in `lentValues`, else -1.
    private var lentOffsets: [Int]
    private var lentValues: [Int] = []

    /// `order` holds the leading step of each event in an order that could happen.
    static func check(_ board: Board, order: [Int]) throws(Refutation) {
        var outOfPlace = SymbolicRun(
            board, isInPlace: false, expressions: Expressions(rankCount: board.rankCount))
        let results = try outOfPlace.run(order)
        var inPlace = SymbolicRun(board, isInPlace: true, expressions: outOfPlace.expressions)
        guard try inPlace.run(order) == results else {
            throw Refutation(
                .association, rank: board.root, step: nil,
                "operands are combined in another order in place than out of place")
        }
    }

    private init(_ board: Board, isInPlace: Bool, expressions: Expressions) {
        self.board = board
        self.isInPlace = isInPlace
        self.expressions = expressions
        memory = [Int](repeating: -1, count: 2 * board.rankCount * board.chunkCount)
        lentOffsets = [Int](repeating: -1, count: board.steps.count)
        for rank in 0..<board.rankCount {
            for chunk in board.extent(of: .input, on: rank) {
                memory[location(rank, .input, chunk)] = rank
            }
        }
    }

    private func location(_ rank: Int, _ place: Place, _ chunk: Int) -> Int {
        let half = place == .output && !isInPlace ? 1 : 0
        return (2 * rank + half) * board.chunkCount + chunk
    }

    private mutating func run(_ order: [Int]) throws(Refutation) -> [Int] {
        for leader in order {
            switch board.steps[leader].kind {
            case .receive: receive(leader)
            case .borrow: lend(to: leader)
            case .reduce: try reduce(leader)
            case .send: assertionFailure("a send never leads")
            }
        }
        return try results()
    }

    private mutating func receive(_ id: Int) {
        let (sender, receiver) = (board.steps[board.partners[id]], board.steps[id])
        let origin = location(sender.rank, sender.place, sender.chunks.lowerBound)
        let target = location(receiver.rank, .output, receiver.chunks.lowerBound)
        let values = Array(memory[origin..<origin + sender.chunks.count])
        memory.replaceSubrange(target..<target + values.count, with: values)
    }

    private mutating func lend(to id: Int) {
        guard lentOffsets[id] < 0 else { return }
        lentOffsets[id] = lentValues.count
        let sender = board.steps[board.partners[id]]
        let origin = location(sender.rank, sender.place, sender.chunks.lowerBound)
        lentValues += memory[origin..<origin + sender.chunks.count]
    }

    private mutating func reduce(_ id: Int) throws(Refutation) {
        let step = board.steps[id]
        var values: ArraySlice<Int> = []
        for index in step.operands {
            let operand = operandValues(board.operands[index], for: step)
            if values.isEmpty { values = operand } else { combine(&values, with: operand, by: id) }
        }
        try complete(&values, of: step, by: id)
        let target = location(step.rank, .output, step.chunks.lowerBound)
        memory.replaceSubrange(target..<target + step.chunks.count, with: values)
    }

    private mutating func operandValues(
        _ operand: Board.Operand, for step: Board.Entry
    ) -> ArraySlice<Int> {
        switch operand {
        case .local(let place):
            let origin = location(step.rank, place, step.chunks.lowerBound)
            return memory[origin..<origin + step.chunks.count]
        case .lent(let lender):
            lend(to: lender)
            let origin = lentOffsets[lender]
            return lentValues[origin..<origin + step.chunks.count]
        }
    }

    private mutating func combine(
        _ values: inout ArraySlice<Int>, with operand: ArraySlice<Int>, by id: Int
    ) {
        var other = operand.startIndex
        var latest = (left: -1, right: -1, value: -1)
        for index in values.startIndex..<values.endIndex {
            let (left, right) = (values[index], operand[other])
            if left != latest.left || right != latest.right {
                let isKnown = left >= 0 && right >= 0
                latest = (left, right, isKnown ? expressions.combine(left, right, by: id) : -1)
            }
            values[index] = latest.value
            other += 1
        }
    }

    /// Checks what a reduction made, and marks it where it is final.
    private mutating func complete(
        _ values: inout ArraySlice<Int>, of step: Board.Entry, by id: Int
    ) throws(Refutation) {
        var (before, after) = (-1, -1)
        for index in values.startIndex..<values.endIndex {
            let value = values[index]
            if value != before || value < 0 {
                let chunk = step.chunks.lowerBound + index - values.startIndex
                guard value >= 0 else {
                    throw board.refutation(
                        .unwritten, at: id, "combines chunk \(chunk), which nothing wrote")
                }
                try check(value, of: step, by: id, chunk)
                before = value
                after = step.isFinal ? expressions.complete(value, by: id) : value
            }
            values[index] = after
        }
    }

    /// Checks what a reduction made before it is marked final.
    private func check(
        _ value: Int, of step: Board.Entry, by id: Int, _ chunk: Int
    ) throws(Refutation) {
        guard board.collective.reduces else {
            guard !step.isFinal else {
                throw board.refutation(.finality, at: id, "is final where nothing is reduced")
            }
            return
        }
        if expressions.count(value) >= board.rankCount, !expressions.isComplete(value),
            !expressions.isFinal(value)
        {
            throw doubling(value, at: id, chunk)
        }
        if step.isFinal {
            guard !expressions.isFinal(value) else {
                throw board.refutation(.finality, at: id, "completes chunk \(chunk) again")
            }
            guard expressions.isComplete(value) else {
                throw board.refutation(
                    .contribution, at: id,
                    "completes chunk \(chunk) without the contribution of ranks"
                        + " \(expressions.missing(in: value))")
            }
        } else if expressions.isComplete(value), !expressions.isFinal(value) {
            throw board.refutation(
                .finality, at: id, "completes chunk \(chunk), but is not marked final")
        }
    }

    private func doubling(_ value: Int, at id: Int, _ chunk: Int) -> Refutation {
        guard let (rank, step) = expressions.doubled(in: value) else {
            return board.refutation(.contribution, at: id, "makes chunk \(chunk) wrong")
        }
        return board.refutation(
            .contribution, at: step,
            "adds the contribution of rank \(rank) to chunk \(chunk) a second time")
    }
}

extension SymbolicRun {
    /// Checks what each rank must end with, and returns it.
    private func results() throws(Refutation) -> [Int] {
        var results: [Int] = []
        for rank in 0..<board.rankCount {
            for chunk in board.demands(on: rank).output {
                let value = memory[location(rank, .output, chunk)]
                try check(value, rank, chunk)
                results.append(value)
            }
        }
        return results
    }

    private func check(_ value: Int, _ rank: Int, _ chunk: Int) throws(Refutation) {
        guard value >= 0 else {
            throw fault(.unwritten, rank, chunk, "ends without a value")
        }
        guard board.collective.reduces else {
            let source =
                board.collective == .broadcast
                ? board.root : chunk / (board.chunkCount / board.rankCount)
            guard value == source else {
                throw fault(
                    .contribution, rank, chunk, "does not end with the input of rank \(source)")
            }
            return
        }
        guard expressions.isFinal(value) else {
            if let (twice, step) = expressions.doubled(in: value) {
                throw board.refutation(
                    .contribution, at: step,
                    "adds the contribution of rank \(twice) to chunk \(chunk) a second time")
            }
            throw fault(
                .contribution, rank, chunk,
                "ends without the contribution of ranks \(expressions.missing(in: value))")
        }
        guard board.collective == .allReduce || board.collective == .barrier else { return }
        guard value == memory[location(0, .output, chunk)] else {
            throw fault(
                .association, rank, chunk, "is combined in another order than rank 0's")
        }
    }

    /// A fault in a result, blamed on the step that wrote it last.
    private func fault(
        _ fault: Refutation.Fault, _ rank: Int, _ chunk: Int, _ what: String
    ) -> Refutation {
        let first = board.firstSteps[rank]
        let writer = (first..<board.firstSteps[rank + 1]).last { id in
            let step = board.steps[id]
            return (step.kind == .receive || step.kind == .reduce) && step.chunks.contains(chunk)
        }
        return Refutation(
            fault, rank: rank, step: writer.map { $0 - first },
            "chunk \(chunk) of the output \(what)")
    }
}
