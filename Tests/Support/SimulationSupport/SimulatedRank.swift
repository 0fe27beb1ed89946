import Collectives
import Liveness
import Schedules
import SimulatedTransport
import Transport

/// One process of a simulated job: the real executor over simulated links, the real state machine
/// of liveness over simulated connections, and between them what `Engine` does.
final class SimulatedRank {
    enum Phase: Equatable {
        /// Between two calls.
        case thinking
        /// In the round of agreement before a call.
        case agreeing
        case running
        /// Told the others why it cannot go on, and waits for the verdict.
        case awaiting(until: UInt64)
        /// Closes in good order.
        case closing(until: UInt64)
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
    var executor: Executor
    var links: [SimulatedLink?] = []
    private var programs: [ProgramShelf.Key: CompiledProgram] = [:]
    private let scratch: UnsafeMutableRawBufferPointer

    var phase = Phase.thinking
    /// The operation begun last; a round of agreement is one, too.
    private var sequence: UInt64 = 0
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
    private var deadline: UInt64?
    private var isLookDue = false
    private var lookDelay = SimulatedRank.shortestLook
    var scheduledTick = UInt64.max
    /// When the communicator failed here.
    var failedAt: UInt64?
    /// When this rank announced that it leaves in good order.
    private(set) var leftAt: UInt64?
    /// When its process ended, whatever the way.
    var endedAt: UInt64?

    /// As the engine: it looks around soon after it found nothing to do, and later every 20 ms.
    private static let shortestLook: UInt64 = 50_000
    private static let longestLook: UInt64 = 20_000_000
    /// How long an engine waits for a verdict.
    private static let verdictLimit: UInt64 = 3_000_000_000
    /// How long it waits for its peers to read everything before it closes.
    private static let closeLimit: UInt64 = 1_000_000_000

    static let communicator: UInt64 = 1

    init(rank: Int, in simulation: Simulation) {
        let scenario = simulation.scenario
        self.simulation = simulation
        self.rank = rank
        calls = scenario.calls(of: rank)
        executor = Executor(rank: rank, rankCount: scenario.rankCount)
        executor.sendLimit = scenario.limits.send
        executor.receiveLimit = scenario.limits.receive
        executor.combineLimit = scenario.limits.combine
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
        executor.attach(link.link, to: peer)
    }
}

// MARK: - Calls, as Engine+Run

extension SimulatedRank {
    /// Begins the next call, or closes after the last.
    func begin() {
        guard phase == .thinking else { return }
        simulation.arm(rank: rank, call: callCount)
        callBegan = network.now
        if status.isAborted { return end(status.cause) }
        guard callCount < calls.count else { return close() }
        callCount += 1
        isIdle = false
        hasMoved = false
        let plan = calls[callCount - 1]
        memories.append(
            CallMemory(
                plan, rank: rank, rankCount: rankCount, isInPlace: plan.salt >> rank & 1 == 1,
                shift: Int(plan.salt >> 40 & 7)))
        start(simulation.scenario.isStrict ? .agreeing : .running)
    }

    /// Begins an operation, the call itself or the round of agreement on it, unless one that this
    /// rank needs has left.
    private func start(_ phase: Phase) {
        if status.isAborted { return end(status.cause) }
        if let report = Report.obstacle(to: sequence + 1, status) { return tell(report) }
        sequence += 1
        deadline = nil
        lookDelay = Self.shortestLook
        self.phase = phase
        hasMoved = phase == .running
        do {
            let plan = calls[callCount - 1]
            let algorithm = simulation.scenario.choice.choose(plan, rankCount: rankCount)
            let header = OperationHeader(
                kind: .data, collective: plan.collective, type: plan.type,
                operation: plan.operation, algorithm: algorithm, sequence: sequence,
                count: plan.count, root: plan.root, communicator: UInt32(Self.communicator))
            simulation.trace { "rank \(self.rank) calls \(header)\(phase == .agreeing ? "?" : "")" }
            let (program, binding) =
                phase == .agreeing ? try agreement() : try operation(plan, algorithm)
            status.enter(sequence, header: HeaderWords(header))
            executor.begin(program, binding, header: header)
        } catch {
            simulation.violate(rank, "could not begin \(calls[callCount - 1]): \(error)")
            self.phase = .ended
            return
        }
        drive()
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
        let place = UnsafeMutableRawBufferPointer(start: token, count: 1)
        let call = try Call(
            .barrier, input: UnsafeRawBufferPointer(place), output: place, count: 1, type: .uint8,
            operation: .sum, root: 0, rank: rank, rankCount: rankCount)
        let algorithm = simulation.scenario.choice.entries[.barrier]?.small ?? .direct
        let key = ProgramShelf.Key(collective: .barrier, algorithm: algorithm, root: 0)
        return try (compiled(key), bound(call))
    }

    private func bound(_ call: Call) throws -> Binding {
        guard let binding = call.binding(rank: rank, rankCount: rankCount) else {
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
    /// A link changed, or the rank was told to look.
    func turn(isLook: Bool) {
        if isLook { isLookDue = false }
        switch phase {
        case .thinking, .ended: break
        case .agreeing, .running: drive(isLook: isLook)
        case .awaiting(let until):
            if status.isAborted || network.now >= until { end(status.cause) }
        case .closing(let until): goOnClosing(until)
        }
    }

    private func drive(isLook: Bool = false) {
        let isShort = network.random.chance(simulation.scenario.shortTurnPercent)
        // Time passed since the last fruitless poll, so bytes may have come before it looks.
        if isLook && !executor.isDone && !status.isAborted { executor.scanOtherLinks() }
        while !executor.isDone {
            if executor.poll() {
                lookDelay = Self.shortestLook
                if isShort { return network.wake(rank) }
                continue
            }
            if status.isAborted { return end(status.cause) }
            if let report = executor.failureReport { return tell(report) }
            if isLook {
                if isTooLate() { return tell(executor.deadlineReport()) }
                lookDelay = min(lookDelay * 2, Self.longestLook)
            }
            return lookLater()
        }
        status.complete(sequence)
        if phase == .agreeing { start(.running) } else { end(nil) }
    }

    /// Whether the deadline passed, which is set only once a call has to wait.
    private func isTooLate() -> Bool {
        let deadline = deadline ?? network.now + simulation.scenario.timeoutNanoseconds
        self.deadline = deadline
        return network.now >= deadline
    }

    private func lookLater() {
        guard !isLookDue else { return }
        isLookDue = true
        network.alarm(rank: rank, at: network.now + lookDelay, token: Token(.look).bits)
    }

    /// Tells the others why the call cannot go on, and waits for the verdict.
    private func tell(_ report: Report) {
        simulation.trace { "rank \(self.rank) tells \(report)" }
        phase = .awaiting(until: network.now + Self.verdictLimit)
        network.alarm(
            rank: rank, at: network.now + Self.verdictLimit, token: Token(.look).bits)
        simulation.command(report, of: rank)
    }

    /// The call returns.
    private func end(_ cause: AbortCause?) {
        let isSuccess = phase == .running && executor.isDone
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
        // A failed communicator's links must let go of the caller's memory before the call returns.
        if !isSuccess && simulation.settlesLate { closeLinks() }
        if !isIdle { checkAtReturn(memories[memories.count - 1], isSuccess: isSuccess) }
        isIdle = true
        phase = .thinking
        if isSuccess {
            simulation.checkDependencies(of: rank, callCount)
            let time = network.now + network.random.draw(simulation.scenario.thinking)
            network.alarm(rank: rank, at: time, token: Token(.begin).bits)
        } else {
            afterFailure(cause)
        }
    }

    private func checkDuration() {
        let limit = simulation.scenario.timeoutNanoseconds + 1_500_000_000
        guard network.now - callBegan > limit + simulation.pause(of: rank) else { return }
        simulation.violate(
            rank, "call \(callCount) took \((network.now - callBegan) / 1_000_000) ms")
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
        simulation.trace { "rank \(self.rank) closes" }
        leftAt = network.now
        phase = .closing(until: network.now + Self.closeLimit)
        simulation.act(rank) { liveness, now in
            liveness.unregister(communicator: Self.communicator, now: now)
        }
        for link in links { link?.finishSending() }
        network.alarm(
            rank: rank, at: network.now + Self.closeLimit, token: Token(.look).bits)
        goOnClosing(network.now + Self.closeLimit)
    }

    private func goOnClosing(_ until: UInt64) {
        var areAllEnded = true
        for peer in links.indices where links[peer] != nil {
            if !executor.discardInput(from: peer) { areAllEnded = false }
        }
        guard areAllEnded || status.isAborted || network.now >= until else { return }
        if areAllEnded {
            for link in links where (link?.lentByteCount ?? 0) > 0 {
                simulation.violate(rank, "lent bytes were not given back")
            }
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
