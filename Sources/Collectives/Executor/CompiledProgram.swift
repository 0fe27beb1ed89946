package import Schedules

/// A program laid out for the executor: flat arrays of plain values at fixed addresses, lanes as
/// linked lists, so that running it allocates nothing and counts no references.
@safe package final class CompiledProgram: @unchecked Sendable {
    // The arrays hold the state of the operation that runs; only the thread that drives the
    // communicator's executor touches them.
    let view: ProgramView

    package init(_ program: Program) {
        var dependencies: [CompiledDependency] = []
        var sources: [CompiledSource] = []
        var steps = program.steps.map {
            CompiledStep($0, dependencies: &dependencies, sources: &sources)
        }
        let copies = Self.bindBorrows(&steps, &sources)
        var uses = Self.lanes(&steps)
        let ownOperand = Self.bindExchange(
            steps, sources, &uses, chunkCount: program.chunkCount)
        unsafe view = ProgramView(
            steps: Self.place(steps), stepCount: steps.count, uses: Self.place(uses),
            useCount: uses.count, dependencies: Self.place(dependencies),
            sources: Self.place(sources), copies: Self.place(copies), copyCount: copies.count,
            chunkCount: program.chunkCount,
            sourceLimit: steps.reduce(1) { max($0, Int($1.sourceCount)) },
            isExchange: ownOperand != nil, ownOperand: Int32(ownOperand ?? 0))
    }

    deinit {
        unsafe view.steps.deallocate()
        unsafe view.uses.deallocate()
        unsafe view.dependencies.deallocate()
        unsafe view.sources.deallocate()
        unsafe view.copies.deallocate()
    }

    /// Ranks that the program exchanges with.
    package var peers: [Int] {
        unsafe (0..<view.useCount).map { unsafe Int(view.uses[$0].peer) }
    }

    private static func place<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
        for (index, value) in values.enumerated() {
            unsafe (memory + index).initialize(to: value)
        }
        return unsafe memory
    }

    /// Ties every borrow to the reduction that consumes it; answers the reductions without any.
    private static func bindBorrows(
        _ steps: inout [CompiledStep], _ sources: inout [CompiledSource]
    ) -> [Int32] {
        var copies: [Int32] = []
        for index in steps.indices where steps[index].kind == .reduce {
            var trigger = true
            for source in steps[index].sourceRange where sources[source].kind == .lent {
                let borrow = Int(sources[source].step)
                sources[source].peer = steps[borrow].peer
                steps[borrow].consumer = Int32(index)
                steps[borrow].isTrigger = trigger
                trigger = false
            }
            if trigger { copies.append(Int32(index)) }
        }
        return copies
    }

    /// Threads the steps of each link and direction in the order of their indices.
    private static func lanes(_ steps: inout [CompiledStep]) -> [LinkUse] {
        var uses: [LinkUse] = []
        var useOfPeer: [Int32: Int] = [:]
        for index in steps.indices.reversed() where steps[index].kind != .reduce {
            let peer = steps[index].peer
            let use = useOfPeer[peer, default: uses.count]
            if use == uses.count {
                uses.append(LinkUse(peer: peer))
                useOfPeer[peer] = use
            }
            let lane: WritableKeyPath<LinkUse, Int32> =
                steps[index].kind == .send ? \.firstSend : \.firstReceive
            steps[index].next = uses[use][keyPath: lane]
            uses[use][keyPath: lane] = Int32(index)
        }
        return uses
    }
}

extension CompiledProgram {
    /// Whether a program is a complete exchange: on each link the whole input goes out in one step and
    /// the peer's comes in in one, and one reduction combines them all. Gives every link its peer's
    /// place among the operands, and answers the rank's own place; nil for other programs.
    private static func bindExchange(
        _ steps: [CompiledStep], _ sources: [CompiledSource], _ uses: inout [LinkUse],
        chunkCount: Int
    ) -> Int? {
        let reductions = steps.filter { $0.kind == .reduce }
        guard let reduction = reductions.first, reductions.count == 1, reduction.isFinal,
            !uses.isEmpty, steps.count == 2 * uses.count + 1,
            Int(reduction.sourceCount) == uses.count + 1,
            steps.allSatisfy({ $0.firstChunk == 0 && $0.endChunk == chunkCount }),
            steps.allSatisfy({ $0.kind == .reduce || $0.next < 0 })
        else { return nil }
        var own: Int?
        for (operand, source) in reduction.sourceRange.enumerated() {
            switch sources[source].kind {
            case .input: own = operand
            case .output: return nil
            case .lent:
                guard let use = uses.firstIndex(where: { $0.peer == sources[source].peer }),
                    uses[use].firstSend >= 0, steps[Int(uses[use].firstSend)].place == .input
                else { return nil }
                uses[use].operand = Int32(operand)
            }
        }
        return own
    }
}

/// Where a compiled program stands in memory. Whoever uses it keeps the program alive, and drives
/// the executor that writes to it alone: that makes it sendable.
@unsafe struct ProgramView: @unchecked Sendable {
    let steps: UnsafeMutablePointer<CompiledStep>
    let stepCount: Int
    let uses: UnsafeMutablePointer<LinkUse>
    let useCount: Int
    let dependencies: UnsafeMutablePointer<CompiledDependency>
    let sources: UnsafeMutablePointer<CompiledSource>
    /// Reductions without a lent source, in order: copies of a rank's own part.
    let copies: UnsafeMutablePointer<Int32>
    let copyCount: Int
    let chunkCount: Int
    /// The most sources that one reduction has.
    let sourceLimit: Int
    /// Whether it is a complete exchange, which may go the short way.
    let isExchange: Bool
    /// Of an exchange, the place of the rank's own input among the operands.
    let ownOperand: Int32

    /// A program of nothing, for places that hold none.
    static let empty = unsafe ProgramView(
        steps: .allocate(capacity: 1), stepCount: 0, uses: .allocate(capacity: 1), useCount: 0,
        dependencies: .allocate(capacity: 1), sources: .allocate(capacity: 1),
        copies: .allocate(capacity: 1), copyCount: 0, chunkCount: 1, sourceLimit: 0,
        isExchange: false, ownOperand: 0)
}

/// A step, and how far it is in the operation that runs.
struct CompiledStep: BitwiseCopyable {
    enum Kind: UInt8 {
        case send, receive, borrow, reduce
    }

    let kind: Kind
    let place: Place
    let isFinal: Bool
    /// For a borrow: it is the first of its consumer's, whose lane drives the reduction.
    var isTrigger = false
    let peer: Int32
    let firstChunk: Int32
    let endChunk: Int32
    let firstDependency: Int32
    let dependencyCount: Int32
    let firstSource: Int32
    let sourceCount: Int32
    /// For a borrow: the reduction that consumes what is lent.
    var consumer: Int32 = -1
    /// The next step of the same lane, -1 for none.
    var next: Int32 = -1

    // Bound for each operation.
    var offset = 0
    var byteCount = 0
    var done = 0

    init(
        _ step: Step, dependencies: inout [CompiledDependency], sources: inout [CompiledSource]
    ) {
        firstDependency = Int32(dependencies.count)
        dependencies += step.dependencies.map {
            CompiledDependency(step: Int32($0.step), isWhole: $0.extent == .whole)
        }
        dependencyCount = Int32(dependencies.count) - firstDependency
        firstSource = Int32(sources.count)
        firstChunk = Int32(step.chunks.lowerBound)
        endChunk = Int32(step.chunks.upperBound)
        switch step.action {
        case .send(let to, let from):
            (kind, place, isFinal, peer) = (.send, from, false, Int32(to))
        case .receive(let from):
            (kind, place, isFinal, peer) = (.receive, .output, false, Int32(from))
        case .borrow(let from):
            (kind, place, isFinal, peer) = (.borrow, .output, false, Int32(from))
        case .reduce(let operands, let final):
            (kind, place, isFinal, peer) = (.reduce, .output, final, -1)
            sources += operands.map(CompiledSource.init)
        }
        sourceCount = Int32(sources.count) - firstSource
    }

    var sourceRange: Range<Int> { Int(firstSource)..<Int(firstSource + sourceCount) }
    var isDone: Bool { done == byteCount }
}

struct CompiledDependency: BitwiseCopyable {
    let step: Int32
    let isWhole: Bool
}

struct CompiledSource: BitwiseCopyable {
    enum Kind: UInt8 {
        case input, output, lent
    }

    let kind: Kind
    /// For a lent source: its borrow, and the rank that it borrows from.
    let step: Int32
    var peer: Int32 = -1

    init(_ source: Source) {
        switch source {
        case .local(.input): (kind, step) = (.input, -1)
        case .local(.output): (kind, step) = (.output, -1)
        case .lent(let step): (kind, self.step) = (.lent, Int32(step))
        }
    }
}

/// What a program does on the link to one peer.
struct LinkUse: BitwiseCopyable {
    let peer: Int32
    /// Heads of the two lanes, -1 when the program does nothing in that direction.
    var firstSend: Int32 = -1
    var firstReceive: Int32 = -1

    // Bound for each operation.
    var sendHead: Int32 = -1
    var receiveHead: Int32 = -1
    var headerBytesSent = 0
    var hasHeader = false
    /// This rank only sends, and has not yet noted that a grant will come.
    var awaitsGrant = false
    /// All is accepted, but the link may still read the caller's memory.
    var isSettling = false
    /// The link had nothing to receive, or no room to send, when it was last asked.
    var waitsToReceive = false
    var waitsToSend = false

    /// Of an exchange, the place of the peer's input among the operands.
    var operand: Int32 = -1
    /// Of an exchange that goes the short way: what the link accepted, or a negated errno; and
    /// whether the peer's part is there.
    var acceptedCount = 0
    var hasArrived = false

    init(peer: Int32) {
        self.peer = peer
    }
}
