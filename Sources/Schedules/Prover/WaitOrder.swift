/// An order in which all steps of all ranks can run one after the other, or the cycle that
/// forbids it.
///
/// A transfer happens on both ends at once, so its steps are one event, led by the receiving step.
/// With nothing lent ahead a reduction is one event with all that it borrows.
struct WaitOrder {
    /// The leading step of each event, in an order that could happen.
    private(set) var leaders: [Int] = []
    private(set) var lending: Proof.Lending
    private(set) var criticalStepCount = 0

    init(_ board: Board) throws(Refutation) {
        var search = WaitSearch(Events(board, lending: .none))
        lending = .none
        if !search.run().isEmpty {
            lending = .segment
            search = WaitSearch(Events(board, lending: .segment))
            let cycle = search.run()
            guard cycle.isEmpty else { throw WaitOrder.refutation(board, cycle) }
            var segments = SegmentSearch(search.events)
            if let cycle = segments.run() { throw WaitOrder.refutation(board, cycle) }
        }
        leaders = search.finished
        criticalStepCount = search.criticalStepCount
    }

    private static func refutation(_ board: Board, _ cycle: [Int]) -> Refutation {
        let references = cycle.map(board.reference)
        let first = references.first ?? StepReference(rank: 0, step: 0)
        let chain = (references.dropFirst() + [first]).map(\.description)
        return Refutation(
            .cycle, rank: first.rank, step: first.step,
            "waits for ever: for " + chain.joined(separator: ", which waits for "),
            cycle: references)
    }
}

/// The events of a board and what each waits for.
struct Events {
    let board: Board
    let lending: Proof.Lending

    init(_ board: Board, lending: Proof.Lending) {
        self.board = board
        self.lending = lending
    }

    /// The step that leads the event of a step.
    func leader(of id: Int) -> Int {
        switch board.steps[id].kind {
        case .reduce, .receive: return id
        case .borrow: return lending == .none ? board.consumers[id] : id
        case .send: return leader(of: board.partners[id])
        }
    }

    /// Calls `body` with each step of the event.
    func forEachMember(of leader: Int, _ body: (Int) -> Void) {
        body(leader)
        guard board.steps[leader].kind == .reduce else { return body(board.partners[leader]) }
        guard lending == .none else { return }
        for operand in board.steps[leader].operands {
            guard case .lent(let lender) = board.operands[operand] else { continue }
            body(lender)
            body(board.partners[lender])
        }
    }

    /// Calls `body` with the leader of each event that this one depends on, and whether it waits
    /// for all of it.
    func forEachDependency(of leader: Int, _ body: (_ leader: Int, _ isWhole: Bool) -> Void) {
        forEachMember(of: leader) { member in
            for index in board.steps[member].dependencies {
                let wait = board.dependencies[index]
                body(self.leader(of: wait.step), wait.isWhole)
            }
        }
        guard lending == .segment else { return }
        for operand in board.steps[leader].operands {
            if case .lent(let lender) = board.operands[operand] { body(lender, false) }
        }
    }

    /// Calls `body` with the leader of each event that must be over because it stands before this
    /// one in a lane. What a borrow left in a link's memory is gone once it is reduced.
    func forEachLanePredecessor(of leader: Int, _ body: (_ leader: Int) -> Void) {
        forEachMember(of: leader) { member in
            let before = board.lanePredecessors[member]
            guard before >= 0 else { return }
            body(board.steps[before].kind == .borrow ? board.consumers[before] : before)
        }
    }
}

/// A depth-first search through what events wait for.
private struct WaitSearch {
    let events: Events
    private(set) var finished: [Int] = []
    private(set) var criticalStepCount = 0
    private var states: [State]
    /// The longest chain of transfers up to each event.
    private var depths: [Int]
    private var path: [(event: Int, firstWait: Int)] = []
    /// What the events on the path still have to look at.
    private var waits: [Int] = []

    private enum State { case unseen, entered, finished }

    init(_ events: Events) {
        self.events = events
        states = [State](repeating: .unseen, count: events.board.steps.count)
        depths = [Int](repeating: 0, count: events.board.steps.count)
    }

    /// Finishes every event after all that it waits for. Returns a cycle, else nothing.
    mutating func run() -> [Int] {
        for id in events.board.steps.indices {
            guard events.leader(of: id) == id, states[id] == .unseen else { continue }
            let cycle = visit(from: id)
            guard cycle.isEmpty else { return cycle }
        }
        return []
    }

    private mutating func visit(from start: Int) -> [Int] {
        enter(start)
        while let (event, firstWait) = path.last {
            guard waits.count > firstWait else {
                finish(event)
                continue
            }
            let next = waits.removeLast()
            switch states[next] {
            case .unseen: enter(next)
            case .finished: break
            case .entered:
                let begin = path.firstIndex { $0.event == next } ?? 0
                return path[begin...].map(\.event)
            }
        }
        return []
    }

    private mutating func enter(_ event: Int) {
        states[event] = .entered
        path.append((event, waits.count))
        events.forEachDependency(of: event) { other, isWhole in
            // Steps of one event keep pace with one another.
            if other != event || isWhole { waits.append(other) }
        }
        events.forEachLanePredecessor(of: event) { waits.append($0) }
    }

    private mutating func finish(_ event: Int) {
        states[event] = .finished
        path.removeLast()
        finished.append(event)
        var depth = 0
        events.forEachDependency(of: event) { other, _ in depth = max(depth, depths[other]) }
        var transfers = 0
        events.forEachMember(of: event) { member in
            if events.board.steps[member].kind == .send { transfers = 1 }
        }
        depths[event] = depth + transfers
        criticalStepCount = max(criticalStepCount, depths[event])
    }
}
