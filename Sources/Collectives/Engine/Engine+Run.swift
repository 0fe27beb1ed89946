internal import Liveness
internal import Platform
package import Schedules
internal import Synchronization

extension Engine {
    /// Runs a call to its end on the calling thread, after whatever was started before it.
    package func run(
        _ call: Call, algorithm: Algorithm? = nil
    ) throws(CollectiveError) {
        guard ForkGuard.generation == generation else { throw Self.foreign }
        take()
        defer { letGo() }
        while running != nil || queuedCount.load(ordering: .acquiring) > 0 {
            finishOne()
        }
        try unsafe begin(sequencer.firstRound, call, algorithm: algorithm)
        while try drive() { try unsafe begin(.operation, call, algorithm: algorithm) }
    }

    /// Starts the next operation of the sequence; the engine is held and nothing runs. Where a rank
    /// that left has made it impossible nothing starts, and the next steps end the call.
    func begin(
        _ round: Sequencer.Round, _ call: Call, algorithm: Algorithm?
    ) throws(CollectiveError) {
        guard try isAdmitted() else { return }
        if case .agreement = round { return try unsafe beginAgreement(on: call, algorithm) }
        let recent = try unsafe program(for: call, algorithm: algorithm)
        try unsafe begin(call, recent.program, recent.header)
    }

    /// Starts the round that comes before each operation in strict mode: a barrier whose headers
    /// speak of the call. Its links do not depend on the call, so ranks that disagree always hear
    /// each other, and nobody has moved a byte of a buffer yet.
    @inline(never)
    private func beginAgreement(
        on call: Call, _ algorithm: Algorithm?
    ) throws(CollectiveError) {
        // The call's own links may differ between ranks that disagree: they open afterwards.
        let algorithm = unsafe algorithm ?? choose(call.collective, call.byteCount)
        let round = try compiled(
            ProgramKey(collective: .barrier, algorithm: choose(.barrier, 1), root: 0))
        unsafe enter(
            .agreement, try binding(of: barrier), round.view, header(of: call, algorithm))
    }

    /// Starts a call with its program, whose links are open, under its header but for the sequence.
    func begin(
        _ call: Call, _ program: ProgramView, _ header: OperationHeader
    ) throws(CollectiveError) {
        var call = unsafe call
        if unsafe call.collective == .reduce && rank != call.root { try unsafe lendScratch(&call) }
        unsafe enter(.operation, try binding(of: call), program, header)
    }

    private func binding(of call: Call) throws(CollectiveError) -> Binding {
        guard let binding = unsafe call.binding(rankCount: rankCount) else {
            throw CollectiveError(
                .unsupported, unsafe "no kernel for \(call.operation) of \(call.type)")
        }
        return unsafe binding
    }

    /// Takes the next place of the sequence.
    private func enter(
        _ round: Sequencer.Round, _ binding: Binding, _ program: ProgramView,
        _ header: OperationHeader
    ) {
        unsafe sequencer.begin(round, program, binding, header: header)
        status.enter(sequence, header: sequencer.headerWords)
    }

    /// Whether the next operation may begin; false where the next steps end the call.
    private func isAdmitted() throws(CollectiveError) -> Bool {
        let admission = sequencer.admit(
            isAborted: status.isAborted, lastPossible: status.lastPossibleSequence)
        switch admission {
        case .admitted: return true
        case .stopped: return false
        case .refused: throw refusal()
        case .left:
            throw CollectiveError(
                .aborted, "rank \(rank) has left this communicator", culprit: rank, phase: .idle)
        }
    }

    /// What a forked child is told.
    static let foreign = CollectiveError(
        .unsupported,
        "this communicator belongs to the parent process: a forked child must exec, or join a job "
            + "of its own", phase: .idle)

    /// The program for a call: compiled at its first use, then found by a table look-up.
    private func program(
        for call: Call, algorithm forced: Algorithm?
    ) throws(CollectiveError) -> RecentProgram {
        let slot =
            unsafe (call.count &* 31 &+ Int(call.collective.rawValue) &+ call.root)
            & (EngineState.recentCount - 1)
        if unsafe recent[slot].serves(call, forced) { return unsafe recent[slot] }
        return try unsafe lookUp(call, forced, slot: slot)
    }

    /// The first call of its kind and size, or one whose place another took. Never inlined: it
    /// counts references, which a call that repeats does not.
    @inline(never)
    private func lookUp(
        _ call: Call, _ forced: Algorithm?, slot: Int
    ) throws(CollectiveError) -> RecentProgram {
        let algorithm = unsafe forced ?? choose(call.collective, call.byteCount)
        let key = unsafe ProgramKey(
            collective: call.collective, algorithm: algorithm, root: call.root,
            segmentCount: algorithm.segmentCount(
                for: call.collective, rankCount: rankCount, byteCount: call.byteCount))
        let program = try compiled(key)
        let found = unsafe RecentProgram(
            collective: call.collective, type: call.type, operation: call.operation,
            count: call.count, root: call.root, forced: forced,
            header: header(of: call, algorithm), program: program.view)
        unsafe recent[slot] = found
        return unsafe found
    }

    /// What a call says on its links, but for the sequence.
    func header(of call: Call, _ algorithm: Algorithm) -> OperationHeader {
        unsafe OperationHeader(
            kind: .data, collective: call.collective, type: call.type, operation: call.operation,
            algorithm: algorithm, sequence: 0, count: call.count, root: call.root,
            communicator: UInt32(truncatingIfNeeded: identifier))
    }

    /// The compiled program with its links open.
    func compiled(_ key: ProgramKey) throws(CollectiveError) -> CompiledProgram {
        if let program = programs[key] { return program }
        let made: Program
        do {
            made = try Program.make(
                collective: key.collective, algorithm: key.algorithm, rank: rank, root: key.root,
                over: order, segmentCount: key.segmentCount)
        } catch {
            throw CollectiveError(.invalidArgument, "\(error)")
        }
        let program = CompiledProgram(made)
        try openLinks(
            to: program.peers,
            deadline: min(Deadline(secondsFromNow: timeoutSeconds), latestDeadline))
        programs[key] = program
        return program
    }

    /// A rank that is not the root of a reduce holds partial results in memory of the engine.
    private func lendScratch(_ call: inout Call) throws(CollectiveError) {
        if unsafe scratch.count < call.byteCount { try growScratch(to: unsafe call.byteCount) }
        if let start = unsafe scratch.baseAddress { unsafe call.output = start }
    }

    @inline(never)
    private func growScratch(to byteCount: Int) throws(CollectiveError) {
        unsafe scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        scratchMemory = nil
        do {
            let memory = try MemoryMapping(byteCount: byteCount, node: numaNode)
            unsafe scratch = memory.bytes
            scratchMemory = consume memory
        } catch {
            throw CollectiveError(error, phase: .operation)
        }
    }
}
