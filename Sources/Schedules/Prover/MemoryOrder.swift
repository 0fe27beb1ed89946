/// Shows that dependencies order all conflicting uses of the memory of each rank.
///
/// Steps depend on earlier ones only, so the order of indices is one that could happen. Along it,
/// every read must be ordered after the latest write, and every write after the reads since then:
/// all other pairs follow. A step that reads and writes the same memory does so element by element.
///
/// Locations are the stretches of chunks between which no step of the rank begins or ends.
struct MemoryOrder {
    private let board: Board
    private let isInPlace: Bool
    /// The number of the stretch that begins at, or else covers, each chunk; and behind them all.
    private var stretches: [Int]
    /// The latest write of each location, else -1.
    private var writers: [Int]
    /// The reads of each location since then, as lists of `readers`.
    private var readerHeads: [Int]
    private var readers: [(step: Int, next: Int)] = []
    private var ancestors: Ancestors

    static func check(_ board: Board) throws(Refutation) {
        for isInPlace in [false, true] {
            var order = MemoryOrder(board, isInPlace: isInPlace)
            for rank in 0..<board.rankCount { try order.check(rank) }
        }
    }

    private init(_ board: Board, isInPlace: Bool) {
        self.board = board
        self.isInPlace = isInPlace
        stretches = [Int](repeating: 0, count: board.chunkCount + 1)
        writers = []
        readerHeads = []
        ancestors = Ancestors(board)
    }

    private mutating func check(_ rank: Int) throws(Refutation) {
        measureStretches(of: rank)
        for id in board.firstSteps[rank]..<board.firstSteps[rank + 1] {
            let step = board.steps[id]
            switch step.kind {
            case .send: try read(step.place, step.chunks, by: id)
            case .receive: try write(step.chunks, by: id)
            case .borrow: break
            case .reduce: try reduce(step, by: id)
            }
        }
    }

    private mutating func measureStretches(of rank: Int) {
        for chunk in stretches.indices { stretches[chunk] = 0 }
        for id in board.firstSteps[rank]..<board.firstSteps[rank + 1] {
            stretches[board.steps[id].chunks.lowerBound] = 1
            stretches[board.steps[id].chunks.upperBound] = 1
        }
        var count = 0
        for chunk in stretches.indices {
            count += stretches[chunk]
            stretches[chunk] = count
        }
        writers = [Int](repeating: -1, count: 2 * (count + 1))
        readerHeads = writers
        readers.removeAll(keepingCapacity: true)
    }

    /// The stretches that some chunks consist of.
    private func stretches(of chunks: Range<Int>) -> Range<Int> {
        stretches[chunks.lowerBound]..<stretches[chunks.upperBound]
    }

    private mutating func reduce(_ step: Board.Entry, by id: Int) throws(Refutation) {
        // A copy onto itself does nothing.
        if isInPlace, !step.isFinal, step.operands.count == 1,
            case .local(.input) = board.operands[step.operands.lowerBound]
        {
            return
        }
        for operand in step.operands {
            guard case .local(let place) = board.operands[operand] else { continue }
            try read(place, step.chunks, by: id)
        }
        try write(step.chunks, by: id)
    }

    private func location(of place: Place, _ stretch: Int) -> Int {
        place == .output && !isInPlace ? writers.count / 2 + stretch : stretch
    }

    private mutating func read(
        _ place: Place, _ chunks: Range<Int>, by id: Int
    ) throws(Refutation) {
        var checked = -1
        for stretch in stretches(of: chunks) {
            let location = location(of: place, stretch)
            let writer = writers[location]
            if writer < 0, place == .output, !isInPlace {
                throw board.refutation(
                    .unwritten, at: id, "reads chunks \(chunks) of the output, which nothing wrote")
            }
            if writer >= 0, writer != checked {
                guard ancestors.contains(writer, of: id) else {
                    throw refutation(
                        .unwritten, at: id, "reads chunks \(chunks) without waiting", for: writer,
                        "which writes it")
                }
                checked = writer
            }
            readers.append((id, readerHeads[location]))
            readerHeads[location] = readers.count - 1
        }
    }

    private mutating func write(_ chunks: Range<Int>, by id: Int) throws(Refutation) {
        for stretch in stretches(of: chunks) {
            let location = location(of: .output, stretch)
            var reader = readerHeads[location]
            while reader >= 0 {
                let (step, next) = readers[reader]
                if step != id, !ancestors.contains(step, of: id) {
                    throw refutation(
                        .overwrite, at: id, "overwrites chunks \(chunks) without waiting",
                        for: step,
                        "which may still read it")
                }
                reader = next
            }
            let writer = writers[location]
            if writer >= 0, !ancestors.contains(writer, of: id) {
                throw refutation(
                    .overwrite, at: id, "overwrites chunks \(chunks) without waiting", for: writer,
                    "which may still write it")
            }
            writers[location] = id
            readerHeads[location] = -1
        }
    }

    private func refutation(
        _ fault: Refutation.Fault, at id: Int, _ what: String, for other: Int, _ why: String
    ) -> Refutation {
        board.refutation(
            fault, at: id,
            "\(what) for step \(board.reference(other).step), \(why)"
                + (isInPlace ? ", in place" : ", out of place"))
    }
}

/// The steps that one step waits for, found as far as they are asked for.
private struct Ancestors {
    private let board: Board
    private var step = -1
    /// For each step, the latest step that it was found to be an ancestor of.
    private var marks: [Int]
    private var found: [Int] = []
    private var next = 0

    init(_ board: Board) {
        self.board = board
        marks = [Int](repeating: -1, count: board.steps.count)
    }

    mutating func contains(_ candidate: Int, of descendant: Int) -> Bool {
        if step != descendant { start(descendant) }
        while marks[candidate] != step, next < found.count {
            expand(found[next])
            next += 1
        }
        return marks[candidate] == step
    }

    private mutating func start(_ descendant: Int) {
        step = descendant
        found.removeAll(keepingCapacity: true)
        found.append(descendant)
        next = 0
    }

    private mutating func expand(_ id: Int) {
        let entry = board.steps[id]
        for index in entry.dependencies { mark(board.dependencies[index].step) }
        for index in entry.operands {
            if case .lent(let lender) = board.operands[index] { mark(lender) }
        }
    }

    private mutating func mark(_ id: Int) {
        guard marks[id] != step else { return }
        marks[id] = step
        found.append(id)
    }
}
