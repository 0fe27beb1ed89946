import Collectives
import Liveness
import Schedules
import SimulatedTransport
import Transport

/// One process of a simulated job: the real sequencer and executor over simulated links, the real
/// state machine of liveness over simulated connections. What `Engine` does with threads and a clock
/// happens here in virtual time; what is done, and when, the sequencer decides in both.
final class SimulatedRank {
    enum Phase: Equatable {
        /// Between two calls.
        case thinking
        /// In a call.
        case running
        /// Closes in good order.
        case closing
        /// The process is gone, or going.
        case ended
    }

    /// How a call ended; success has no cause.
    struct Outcome {
        /// Which call it was, from 1.
        var call: Int
        var cause: AbortCause?
        var time: UInt64
    }

    unowned let simulation: Simulation
    let rank: Int
    /// What this rank calls.
    let calls: [CallPlan]
    let status = CommunicatorStatus(wake: nil)
    var liveness: LivenessState
    var sequencer: Sequencer
    var links: [SimulatedLink?] = []
    private var programs: [ProgramShelf.Key: CompiledProgram] = [:]
    private let scratch: UnsafeMutableRawBufferPointer

    var phase = Phase.thinking
    /// How many calls this rank has begun.
    private(set) var callCount = 0
    /// Whether the call begun last is over.
    private var isIdle = true
    /// Whether its own operation has begun, behind the agreement on it.
    private var hasMoved = false
    private var memories: [CallMemory] = []
    /// What agreement rounds move.
    private let token: UnsafeMutableRawPointer
    private(set) var outcomes: [Outcome] = []
    private var callBegan: UInt64 = 0
    /// Which of the alarms that it set for itself is the one that counts.
    private var alarmNumber = 0
    /// Whether it is about to look around: nothing else happens in its thread meanwhile.
    private var isLooking = false
    /// Whether it has told the others why its call cannot go on.
    private var hasTold = false
    var scheduledTick = UInt64.max
    /// When the communicator failed here.
    var failedAt: UInt64?
    /// When this rank announced that it leaves in good order.
    private(set) var leftAt: UInt64?
    /// When its process ended, whatever the way.
    var endedAt: UInt64?

    static let communicator: UInt64 = 1

    init(rank: Int, in simulation: Simulation) {
        let scenario = simulation.scenario
        self.simulation = simulation
        self.rank = rank
        calls = scenario.calls(of: rank)
        var executor = Executor(rank: rank, rankCount: scenario.rankCount)
        executor.sendLimit = scenario.limits.send
        executor.receiveLimit = scenario.limits.receive
        executor.combineLimit = scenario.limits.combine
        if !scenario.takesShortWay(rank) { executor.exchangeLimit = -1 }
        var limits = SequencerLimits(
            timeoutNanoseconds: scenario.timeoutNanoseconds, strategy: scenario.strategies[rank])
        simulation.plant?.change(&limits)
        sequencer = Sequencer(executor: executor, limits: limits)
        sequencer.isStrict = scenario.isStrict && simulation.plant != .skipsAgreement
        liveness = LivenessState(
            rank: rank, worldSize: scenario.rankCount, configuration: simulation.configuration)
        let most = calls.map { $0.extent(rankCount: scenario.rankCount) * $0.type.byteCount }
        scratch = .allocate(byteCount: max(1, most.max() ?? 1), alignment: 16)
        token = .allocate(byteCount: 1, alignment: 1)
        token.storeBytes(of: 0, as: UInt8.self)
        links = Array(repeating: nil, count: scenario.rankCount)
    }

    deinit {
        scratch.deallocate()
        token.deallocate()
    }

    var network: SimulatedNetwork { simulation.network }
    private var rankCount: Int { simulation.scenario.rankCount }

    func attach(_ link: SimulatedLink, to peer: Int) {
        links[peer] = link
        sequencer.executor.attach(link.link, to: peer)
    }
}

// MARK: - Calls, as Engine+Run

extension SimulatedRank {
    /// Begins the next call, or closes after the last.
    func begin() {
        guard phase == .thinking else { return }
        simulation.arm(rank: rank, call: callCount)
        callBegan = network.now
        guard callCount < calls.count else { return status.isAborted ? fail() : close() }
        start(sequencer.firstRound)
    }

    /// Begins an operation, the call itself or the round of agreement on it, if it may begin.
    private func start(_ round: Sequencer.Round) {
        phase = .running
        switch sequencer.admit(isAborted: status.isAborted, lastPossible: lastPossible) {
        case .admitted: break
        case .stopped: return drive()
        case .refused: return fail()
        case .left: return simulation.violate(rank, "calls after it has left")
        }
        if sequencer.sequence >= status.lastPossibleSequence {
            simulation.violate(rank, "begins an operation that needs a rank which left")
        }
        if isIdle { prepare() }
        hasMoved = round == .operation
        do {
            try enter(round, calls[callCount - 1])
        } catch {
            simulation.violate(rank, "could not begin \(calls[callCount - 1]): \(error)")
            phase = .ended
            return
        }
        drive()
    }

    private func prepare() {
        let plan = calls[callCount]
        callCount += 1
        isIdle = false
        memories.append(
            CallMemory(
                plan, rank: rank, rankCount: rankCount, isInPlace: plan.salt >> rank & 1 == 1,
                shift: Int(plan.salt >> 40 & 7)))
    }

    private func enter(_ round: Sequencer.Round, _ plan: CallPlan) throws {
        let algorithm = simulation.scenario.choice.choose(plan, rankCount: rankCount)
        let header = OperationHeader(
            kind: .data, collective: plan.collective, type: plan.type,
            operation: plan.operation, algorithm: algorithm, sequence: 0,
            count: plan.count, root: plan.root, communicator: UInt32(Self.communicator))
        let (program, binding) =
            round == .agreement ? try agreement() : try operation(plan, algorithm)
        sequencer.begin(round, program, binding, header: header)
        status.enter(sequencer.sequence, header: sequencer.headerWords)
        simulation.trace {
            "rank \(self.rank) calls \(self.sequencer.executor.header)"
                + (round == .agreement ? "?" : "")
        }
    }

    private func operation(
        _ plan: CallPlan, _ algorithm: Algorithm
    ) throws -> (CompiledProgram, Binding) {
        let memory = memories[memories.count - 1]
        var call = try Call(
            plan.collective, input: UnsafeRawBufferPointer(memory.input), output: memory.output,
            count: plan.count, type: plan.type, operation: plan.operation, root: plan.root,
            rank: rank, rankCount: rankCount)
        if plan.collective == .reduce && rank != plan.root, let place = scratch.baseAddress {
            call.output = place
        }
        let key = ProgramShelf.Key(
            collective: plan.collective, algorithm: algorithm, root: plan.root)
        return try (compiled(key), bound(call))
    }

    /// The round before a call: a barrier under the call's header.
    private func agreement() throws -> (CompiledProgram, Binding) {
        let algorithm = simulation.scenario.choice.entries[.barrier]?.small ?? .direct
        let key = ProgramShelf.Key(collective: .barrier, algorithm: algorithm, root: 0)
        return try (compiled(key), bound(.barrier(token: token)))
    }

    private func bound(_ call: Call) throws -> Binding {
        guard let binding = call.binding(rankCount: rankCount) else {
            throw CollectiveError(.unsupported, "no kernel")
        }
        return binding
    }

    private func compiled(_ key: ProgramShelf.Key) throws -> CompiledProgram {
        if let program = programs[key] { return program }
        let program = CompiledProgram(try simulation.shelf.program(key, of: rank))
        programs[key] = program
        return program
    }
}

// MARK: - Driving, as Engine+Wait

extension SimulatedRank {
    /// A link changed, or the communicator failed.
    func turn() {
        switch phase {
        case .running where !isLooking: drive()
        case .closing: goOnClosing()
        case .thinking, .running, .ended: break
        }
    }

    /// The time has come that this rank waited for.
    func look(_ number: Int) {
        guard number == alarmNumber else { return }
        if isLooking {
            isLooking = false
            if phase == .running { carryOut(lookAround()) }
        }
        turn()
    }

    private func lookAround() -> Sequencer.Step {
        sequencer.look(now: network.now, isAborted: isAborted)
    }

    private func drive() {
        let isShort = network.random.chance(simulation.scenario.shortTurnPercent)
        var isOver = false
        while phase == .running && !isOver {
            let step = sequencer.step(isAborted: isAborted)
            if step == .again && isShort { return network.wake(rank) }
            isOver = carryOut(step)
        }
    }

    /// Does what the sequencer says; answers whether that is all for the moment.
    @discardableResult
    private func carryOut(_ planned: Sequencer.Step) -> Bool {
        let step = simulation.plant?.instead(of: planned) ?? planned
        switch step {
        case .again: return false
        case .look: return lookSoon()
        case .spin: wait(network.random.draw(0...500))
        case .yield: wait(network.random.draw(0...20_000))
        case .sleep: wait(UInt64(WaitStrategy.sleepMilliseconds) * 1_000_000)
        case .listen: wait(5_000_000)
        case .tell(let stop):
            tell(stop)
            return false
        case .giveUp:
            simulation.fail(self, sequencer.missingVerdict)
            return false
        case .agreed:
            complete()
            start(.operation)
        case .complete:
            complete()
            succeed()
        case .fail:
            closeLinksThatRead()
            fail()
        }
        return true
    }

    /// Bytes may come between a fruitless poll and the look around that follows.
    private func lookSoon() -> Bool {
        let delay: UInt64 = network.random.chance(50) ? 0 : network.random.draw(0...2000)
        guard delay > 0 else { return carryOut(lookAround()) }
        isLooking = true
        wait(delay)
        return true
    }

    private func wait(_ nanoseconds: UInt64) {
        alarmNumber += 1
        network.alarm(
            rank: rank, at: network.now + nanoseconds, token: Token(.look, 0, alarmNumber).bits)
    }

    private func complete() {
        guard simulation.plant != .completesNothing else { return }
        status.complete(sequencer.sequence)
    }

    /// Tells the others why the call cannot go on.
    private func tell(_ stop: Sequencer.Stop) {
        guard let report = sequencer.report(of: stop, lastPossible: lastPossible) else { return }
        hasTold = true
        simulation.trace { "rank \(self.rank) tells \(report)" }
        simulation.command(report, of: rank)
    }

    /// What the sequencer is shown.
    private var isAborted: Bool {
        status.isAborted && (hasTold || simulation.plant != .overlooksAborts)
    }
    private var lastPossible: UInt64 {
        simulation.plant == .overlooksDepartures ? .max : status.lastPossibleSequence
    }
}

// MARK: - Returning

extension SimulatedRank {
    private func succeed() { end(nil, isSuccess: true) }
    private func fail() { end(status.cause, isSuccess: false) }

    /// The call returns.
    private func end(_ cause: AbortCause?, isSuccess: Bool) {
        simulation.trace {
            "rank \(self.rank) returns from call \(self.callCount): "
                + (isSuccess ? "success" : cause.map { "\($0)" } ?? "no cause")
        }
        if !isSuccess && cause == nil { simulation.violate(rank, "failed without a cause") }
        // A communicator that failed between two calls lets no other begin.
        outcomes.append(
            Outcome(
                call: isIdle ? callCount + 1 : callCount, cause: isSuccess ? nil : cause,
                time: network.now))
        checkDuration()
        if !isIdle { checkAtReturn(memories[memories.count - 1], isSuccess: isSuccess) }
        isIdle = true
        phase = .thinking
        if isSuccess {
            simulation.checkDependencies(of: rank, callCount)
            let scenario = simulation.scenario
            let turn = simulation.startedAt + UInt64(callCount) * scenario.restNanoseconds
            let time = max(network.now, turn) + network.random.draw(scenario.thinking)
            network.alarm(rank: rank, at: time, token: Token(.begin).bits)
        } else {
            afterFailure(cause)
        }
    }

    private func checkDuration() {
        let pause = simulation.pause(of: rank)
        let limit = simulation.scenario.timeoutNanoseconds + 1_500_000_000
        if network.now - callBegan > limit + pause {
            simulation.violate(
                rank, "call \(callCount) took \((network.now - callBegan) / 1_000_000) ms")
        }
        guard let failedAt, network.now > max(failedAt, callBegan) + Self.reactionLimit + pause
        else { return }
        simulation.violate(
            rank,
            "call \(callCount) goes on though the communicator failed at"
                + " \(simulation.time(failedAt))")
    }

    /// How long a call may go on after its communicator failed.
    private static let reactionLimit: UInt64 = 100_000_000

    /// No link reads the caller's memory any more once a call that failed has returned.
    private func closeLinksThatRead() {
        guard simulation.plant != .leavesMemoryLent else { return }
        for peer in links.indices where sequencer.executor.readsMemory(to: peer) {
            links[peer]?.close()
        }
    }

    private func checkAtReturn(_ memory: CallMemory, isSuccess: Bool) {
        for link in links where (link?.unsettledByteCount ?? 0) > 0 {
            simulation.violate(rank, "call \(callCount) returned while a link reads its memory")
        }
        if let violation = memory.violationAtReturn(hasMoved: hasMoved) {
            simulation.violate(rank, "call \(callCount): \(violation)")
        }
        guard isSuccess else { return }
        let expectation = simulation.expectation(of: calls[callCount - 1])
        if let violation = expectation.violation(memory.output, rank: rank) {
            simulation.violate(
                rank, "call \(callCount), \(calls[callCount - 1]), reports success: \(violation)")
        }
    }

    /// What a program does whose communicator failed: it tries again, and then it ends, with or
    /// without closing.
    private func afterFailure(_ cause: AbortCause?) {
        if status.isAborted, status.cause != cause {
            simulation.violate(rank, "the first cause changed")
        }
        let delay: UInt64 = network.random.draw(0...20_000_000)
        network.alarm(rank: rank, at: network.now + delay, token: Token(.exit).bits)
        phase = .ended
    }

    func checkMemories() {
        for memory in memories {
            if let violation = memory.violationSinceReturn { simulation.violate(rank, violation) }
        }
    }
}

// MARK: - Closing, as Engine+Close

extension SimulatedRank {
    /// Ends this rank's part in good order.
    private func close() {
        guard sequencer.leave() else { return }
        simulation.trace { "rank \(self.rank) closes" }
        leftAt = network.now
        phase = .closing
        simulation.act(rank) { liveness, now in
            liveness.unregister(communicator: Self.communicator, now: now)
        }
        for link in links { link?.finishSending() }
        goOnClosing()
    }

    private func goOnClosing() {
        guard sequencer.mayLetGo(now: network.now, isAborted: status.isAborted) else {
            return wait(UInt64(WaitStrategy.sleepMilliseconds) * 1_000_000)
        }
        for link in links where (link?.lentByteCount ?? 0) > 0 && !status.isAborted {
            simulation.violate(rank, "lent bytes were not given back")
        }
        closeLinks()
        phase = .ended
        simulation.leave(rank)
    }

    func closeLinks() {
        for link in links { link?.close() }
    }

    /// The process ends after a failure: in good order, or just so.
    func exit() {
        if network.random.chance(50) {
            simulation.act(rank) { liveness, now in
                liveness.unregister(communicator: Self.communicator, now: now)
            }
            closeLinks()
            simulation.leave(rank)
        } else {
            simulation.die(rank)
        }
    }
}
