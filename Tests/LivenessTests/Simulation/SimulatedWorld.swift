import TestSupport

@testable import Liveness

/// A world of ranks in virtual time: messages take a random time, connections keep their order,
/// processes end, stop and fall silent. Drives the same state machine as the service.
struct SimulatedWorld {
    enum Event {
        case tick(Int)
        case message(LivenessMessage, from: Int, to: Int)
        /// The connection to `from` shows its end, or an error, at `to`.
        case linkDown(from: Int, to: Int, errorNumber: Int32)
        case processEnded(Int, at: Int)
        case die(Int)
        case script(@Sendable (inout SimulatedWorld) -> Void)
    }

    enum Condition { case running, stopped, dead }

    struct Failure {
        var cause: AbortCause
        var time: UInt64
    }

    var now: UInt64 = 1_000_000_000
    var random: SeededGenerator
    var queue = EventQueue<Event>()
    var states: [LivenessState] = []
    var conditions: [Condition]
    /// By rank and communicator.
    var failures: [[UInt64: Failure]]
    var limits: [[UInt64: UInt64]]
    var notes: [[LivenessState.Note]]
    /// When the last thing sent from one rank to another arrives: nothing overtakes it.
    var lastArrival: [UInt64]
    var isOpen: [Bool]
    /// Pairs between which everything vanishes.
    var isCut: [Bool]
    var scheduledTick: [UInt64]
    var delays: ClosedRange<UInt64>
    /// Whether the ranks see each other's processes end, as on one host.
    var isOneHost = true
    /// Called when a communicator failed on a rank.
    var onFailure: (@Sendable (inout SimulatedWorld, Int, UInt64) -> Void)?
    var eventCount = 0

    static let millisecond: UInt64 = 1_000_000
    static let second: UInt64 = 1_000_000_000
    /// The communicator of all ranks, registered from the beginning.
    static let world: UInt64 = 77

    let rankCount: Int
    let configuration: LivenessConfiguration

    init(
        rankCount: Int, seed: UInt64, delays: ClosedRange<UInt64> = 20_000...20_000_000,
        configuration: LivenessConfiguration = LivenessConfiguration()
    ) {
        self.rankCount = rankCount
        self.delays = delays
        self.configuration = configuration
        random = SeededGenerator(seed: seed)
        conditions = Array(repeating: .running, count: rankCount)
        failures = Array(repeating: [:], count: rankCount)
        limits = Array(repeating: [:], count: rankCount)
        notes = Array(repeating: [], count: rankCount)
        lastArrival = Array(repeating: 0, count: rankCount * rankCount)
        isOpen = Array(repeating: false, count: rankCount * rankCount)
        isCut = Array(repeating: false, count: rankCount * rankCount)
        scheduledTick = Array(repeating: .max, count: rankCount)
        for rank in 0..<rankCount {
            states.append(
                LivenessState(rank: rank, worldSize: rankCount, configuration: configuration))
        }
        for rank in 0..<rankCount { begin(rank) }
    }

    private mutating func begin(_ rank: Int) {
        states[rank].start(now: now)
        for neighbour in states[rank].neighbourRanks {
            isOpen[pair(rank, neighbour)] = true
            states[rank].linkUp(neighbour, now: now)
        }
        states[rank].register(communicator: Self.world, members: Array(0..<rankCount), now: now)
        carryOut(rank)
    }

    func pair(_ from: Int, _ to: Int) -> Int { from * rankCount + to }

    mutating func delay() -> UInt64 { UInt64.random(in: delays, using: &random) }

    /// When something sent now arrives, behind everything sent before.
    mutating func arrival(from: Int, to: Int) -> UInt64 {
        let time = max(now + delay(), lastArrival[pair(from, to)] + 1)
        lastArrival[pair(from, to)] = time
        return time
    }

    /// Lets so much virtual time pass.
    mutating func run(seconds: Double) {
        let end = now + UInt64(seconds * 1e9)
        while let (time, event) = queue.next(until: end) {
            now = time
            eventCount += 1
            handle(event)
        }
        now = end
    }

    mutating func script(
        afterSeconds seconds: Double, _ body: @escaping @Sendable (inout SimulatedWorld) -> Void
    ) {
        queue.add(.script(body), at: now + UInt64(seconds * 1e9))
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .tick(let rank):
            guard scheduledTick[rank] == now else { return }
            scheduledTick[rank] = .max
            act(rank) { state, now in state.tick(now: now) }
        case .message(let message, let from, let to):
            guard !isCut[pair(from, to)] else { return }
            act(to) { state, now in state.received(message, from: from, now: now) }
        case .linkDown(let from, let to, let errorNumber):
            guard errorNumber != 0 || !isCut[pair(from, to)] else { return }
            act(to) { state, now in
                state.linkDown(from, errorNumber: errorNumber, now: now)
            }
        case .processEnded(let ended, let rank):
            act(rank) { state, now in state.processEnded(ended, now: now) }
        case .die(let rank): die(rank)
        case .script(let body): body(&self)
        }
    }

    /// Lets a running rank do something and carries out what follows. A stopped rank does nothing;
    /// what it would have read is lost, which is the same as never going on.
    mutating func act(_ rank: Int, _ body: (inout LivenessState, UInt64) -> Void) {
        guard conditions[rank] == .running else { return }
        body(&states[rank], now)
        carryOut(rank)
    }

    private mutating func carryOut(_ rank: Int) {
        let actions = states[rank].actions
        states[rank].actions.removeAll(keepingCapacity: true)
        for action in actions {
            switch action {
            case .send(let message, let to): send(message, from: rank, to: to)
            case .closeLink(let other): close(rank, other)
            case .limit(let communicator, let sequence): limits[rank][communicator] = sequence
            case .note(let note): notes[rank].append(note)
            case .fail(let communicator, let cause):
                precondition(failures[rank][communicator] == nil, "failed twice")
                failures[rank][communicator] = Failure(cause: cause, time: now)
                onFailure?(&self, rank, communicator)
            }
        }
        scheduleTick(rank)
    }

    private mutating func scheduleTick(_ rank: Int) {
        guard conditions[rank] == .running else { return }
        let next = max(states[rank].nextDeadline, now + 1)
        guard next < scheduledTick[rank] else { return }
        scheduledTick[rank] = next
        queue.add(.tick(rank), at: next)
    }

    private mutating func send(_ message: LivenessMessage, from: Int, to: Int) {
        guard isOpen[pair(from, to)] else { return }
        queue.add(.message(message, from: from, to: to), at: arrival(from: from, to: to))
    }

    private mutating func close(_ rank: Int, _ other: Int) {
        guard isOpen[pair(rank, other)] else { return }
        isOpen[pair(rank, other)] = false
        let time = arrival(from: rank, to: other)
        queue.add(.linkDown(from: rank, to: other, errorNumber: 0), at: time)
    }
}
