internal import CLinux
package import Liveness
package import Platform
package import Schedules
internal import Synchronization
internal import Transport

/// Runs one communicator's operations, one after the other in the order of their sequence.
///
/// Whoever holds the engine drives it: the thread that called a blocking operation, one that waits
/// for a non-blocking one, or the process's progress thread.
@safe package final class Engine: @unchecked Sendable {
    // `holder` gives one thread at a time the right to everything that is not atomic or locked.
    let holder = Atomic<Bool>(false)

    package let rank: Int
    package let rankCount: Int
    package let identifier: UInt64
    package let status: CommunicatorStatus
    let detector: any FailureDetector
    let opener: any LinkOpener
    /// The NUMA node for memory and threads of this rank, by the kernel's number; nil for wherever
    /// they come to lie.
    package let numaNode: Int?
    /// Seconds that one operation may take.
    package let timeoutSeconds: Double
    /// Which process this is: a forked child has links to nobody.
    let generation = ForkGuard.generation
    /// Which algorithm carries so many bytes of a collective: the same answer on every rank.
    package var choose: (Collective, Int) -> Algorithm {
        didSet { unsafe state.pointee.forgetChoices() }
    }
    /// No operation outlasts it; for the time in which the ranks still join.
    package var latestDeadline: Deadline {
        get { Deadline(nanoseconds: sequencer.latestDeadlineNanoseconds) }
        set { sequencer.latestDeadlineNanoseconds = newValue.nanoseconds }
    }
    /// The ranks in the order in which rings and trees run: the same on every rank. Set while no
    /// operation runs.
    package var order: RankOrder {
        didSet {
            programs = [:]
            unsafe state.pointee.forgetChoices()
        }
    }

    /// What every operation touches, at a fixed address: no access checks, no references.
    private let state: UnsafeMutablePointer<EngineState>
    var owners: [(any LinkOwner)?]
    /// The open links by peer, for whoever asks while another thread drives.
    let links = Mutex<[Int: LinkDescription]>([:])
    var programs: [ProgramKey: CompiledProgram] = [:]
    /// Grows to what a rank between the leaves and the root of a reduce has to hold, and stays.
    var scratch: UnsafeMutableRawBufferPointer
    var scratchMemory: MemoryMapping?
    var pollSet: UnsafeMutablePointer<pollfd>

    /// Why links could not be opened; nil while that is not what stops the communicator.
    var openingError: CollectiveError?

    let queue = Mutex<[Request]>([])
    /// How many requests wait in `queue`, readable without its lock.
    let queuedCount = Atomic<Int>(0)
    var running: Request?
    /// 1 while a request is running, readable by any thread.
    let runningCount = Atomic<Int>(0)

    /// At most so many non-blocking operations of a communicator are under way.
    package static let requestLimit = 256

    package init(
        rank: Int, rankCount: Int, identifier: UInt64, status: CommunicatorStatus,
        detector: any FailureDetector, opener: any LinkOpener, strategy: WaitStrategy,
        timeoutSeconds: Double, order: RankOrder? = nil, numaNode: Int? = nil,
        choose: @escaping (Collective, Int) -> Algorithm
    ) {
        self.rank = rank
        self.rankCount = rankCount
        self.identifier = identifier
        self.status = status
        self.detector = detector
        self.opener = opener
        self.timeoutSeconds = timeoutSeconds
        self.numaNode = numaNode
        self.choose = choose
        self.order = order ?? RankOrder(ascending: rankCount)
        unsafe state = .allocate(capacity: 1)
        let timeout = Deadline.distanceNanoseconds(seconds: timeoutSeconds)
        unsafe state.initialize(
            to: EngineState(
                sequencer: Sequencer(
                    executor: Executor(rank: rank, rankCount: rankCount),
                    limits: SequencerLimits(timeoutNanoseconds: timeout, strategy: strategy))))
        owners = Array(repeating: nil, count: rankCount)
        unsafe scratch = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        unsafe pollSet = .allocate(capacity: rankCount + 1)
    }

    deinit {
        for owner in owners { owner?.close() }
        unsafe pollSet.deallocate()
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// A barrier of this communicator. Operations run one after the other, so one byte serves all,
    /// and all rounds of agreement.
    package var barrier: Call { unsafe .barrier(token: state.pointee.token) }

    /// What decides.
    var sequencer: Sequencer {
        @inline(__always) _read { yield unsafe state.pointee.sequencer }
        @inline(__always) _modify { yield unsafe &state.pointee.sequencer }
    }

    /// Whether all ranks agree on each operation before anything of it moves.
    package var isStrict: Bool {
        get { sequencer.isStrict }
        set { sequencer.isStrict = newValue }
    }

    /// The sequence of the operation begun last.
    var sequence: UInt64 { sequencer.sequence }

    /// Where the last choices stand, so that a repeated call looks nothing up.
    var recent: UnsafeMutablePointer<RecentProgram> { unsafe state.pointee.recent }

    /// Opens links ahead of their first use.
    package func openLinks(to peers: [Int], deadline: Deadline) throws(CollectiveError) {
        let missing = peers.filter { !sequencer.executor.hasLink(to: $0) }
        guard !missing.isEmpty else { return }
        let opened: [any LinkOwner]
        do {
            opened = try opener.openLinks(to: missing, deadline: deadline)
        } catch {
            throw failedToOpen(error)
        }
        precondition(opened.count == missing.count, "a transport left out a link")
        for (peer, owner) in zip(missing, opened) {
            owners[peer] = owner
            links.withLock {
                $0[peer] = LinkDescription(transport: owner.transport, summary: owner.summary)
            }
            unsafe sequencer.executor.attach(owner.link, to: peer)
        }
    }
}

// MARK: - Who drives

extension Engine {
    /// Takes the engine, waiting for whoever holds it. Holders of a failed communicator let go
    /// soon, and every operation has a deadline, so the wait ends.
    func take() {
        var tries = 0
        while !tryTake() {
            tries += 1
            if tries < 100 {
                clinux_pause()
            } else if tries < 1000 {
                yieldProcessor()
            } else {
                sleepBriefly()
            }
        }
    }

    func tryTake() -> Bool {
        // Acquiring: what the last holder wrote is seen.
        holder.compareExchange(
            expected: false, desired: true, successOrdering: .acquiring,
            failureOrdering: .relaxed
        ).exchanged
    }

    func letGo() {
        holder.store(false, ordering: .releasing)
    }
}

/// Under which a compiled program is kept.
struct ProgramKey: Hashable {
    var collective: Collective
    var algorithm: Algorithm
    var root: Int
    var segmentCount = 1
}

/// A choice that was made before, for calls that repeat; the engine keeps its program alive.
@unsafe struct RecentProgram {
    var collective: Collective
    var type: DataType
    var operation: ReductionOperation
    var count: Int
    var root: Int
    /// The algorithm that the caller asked for, nil for a choice by cost.
    var forced: Algorithm?
    /// The header of such a call, but for its sequence.
    var header: OperationHeader
    var program: ProgramView

    /// No call has -1 elements, so it serves none.
    static let none = unsafe RecentProgram(
        collective: .barrier, type: .uint8, operation: .sum, count: -1, root: 0, forced: nil,
        header: OperationHeader(words: (0, 0, 0, 0)), program: .empty)

    @inline(__always)
    func serves(_ call: Call, _ algorithm: Algorithm?) -> Bool {
        unsafe count == call.count && collective == call.collective && type == call.type
            && operation == call.operation && root == call.root && forced == algorithm
    }
}

/// What every operation of an engine touches.
@safe struct EngineState: ~Copyable {
    var sequencer: Sequencer
    let recent: UnsafeMutablePointer<RecentProgram>
    let token: UnsafeMutableRawPointer
    static let recentCount = 64

    init(sequencer: consuming Sequencer) {
        self.sequencer = sequencer
        unsafe token = .allocate(byteCount: 1, alignment: 1)
        unsafe token.initializeMemory(as: UInt8.self, to: 0)
        unsafe recent = .allocate(capacity: Self.recentCount)
        unsafe recent.initialize(repeating: .none, count: Self.recentCount)
    }

    func forgetChoices() {
        unsafe recent.update(repeating: .none, count: Self.recentCount)
    }

    deinit {
        unsafe recent.deallocate()
        unsafe token.deallocate()
    }
}
