package import Liveness

/// What a rank does for its operations, one after the other: which of them may begin, what is
/// looked at while one runs and how often, which cause counts where there are several, what the
/// others are told of it, and when a call ends.
///
/// It has neither clock nor thread and tells nobody anything: `step` and `look` take what was
/// observed, and answer what to do. `Engine` does it with the threads of a process, the simulation
/// in virtual time: so what the simulation proves is what the engine decides.
@safe package struct Sequencer: ~Copyable {
    package var executor: Executor
    package let limits: SequencerLimits
    /// No operation outlasts it; for the time in which the ranks still join.
    package var latestDeadlineNanoseconds = UInt64.max
    /// Whether all ranks agree on each operation before anything of it moves.
    package var isStrict = false
    /// Whether whoever drives may sleep for this communicator alone; it looks less often else.
    package var maySleep = true

    /// The sequence of the operation begun last. A round of agreement is an operation, too.
    package internal(set) var sequence: UInt64 = 0
    /// Whether this rank's part has ended: nothing begins any more.
    package internal(set) var hasLeft = false

    var stage = Stage.running
    var round = Round.operation
    /// When the running operation must have ended; known only once it had to wait.
    var deadlineNanoseconds: UInt64?
    /// Fruitless polls in a row.
    var idleCount = 0
    /// Fruitful polls of the running operation.
    var moveCount = 0
    /// Until when the peers are waited for at the end.
    var farewellNanoseconds: UInt64?

    enum Stage {
        case running
        /// The operation stops, but another rank may know better why.
        case hearing(Stop, until: UInt64)
        /// All were told, and the verdict is due.
        case judging(until: UInt64)
    }

    package init(executor: consuming Executor, limits: SequencerLimits) {
        self.executor = executor
        self.limits = limits
    }
}

/// The times and counts by which a sequencer decides.
package struct SequencerLimits: Sendable, Hashable {
    /// How long an operation may take, from where it first has to wait.
    package var timeoutNanoseconds: UInt64
    package var strategy: WaitStrategy
    /// For how long a better cause is waited for.
    package var betterCauseNanoseconds: UInt64 = 200_000_000
    /// For how long the verdict is waited for, which comes earlier wherever the service runs.
    package var verdictNanoseconds: UInt64 = 3_000_000_000
    /// For how long who leaves waits for its peers to have read everything.
    package var farewellNanoseconds: UInt64 = 1_000_000_000

    package init(timeoutNanoseconds: UInt64, strategy: WaitStrategy) {
        self.timeoutNanoseconds = timeoutNanoseconds
        self.strategy = strategy
    }
}

extension Sequencer {
    /// Which part of a call an operation is.
    package enum Round: Sendable {
        /// The round before the call's own operation, in strict mode.
        case agreement
        case operation
    }

    /// Why nothing goes on, before anybody was told.
    package enum Stop: Sendable, Hashable {
        /// The executor says why.
        case failure
        case deadline
        /// A rank that the next operation needs has left.
        case departure
        /// A link could not be opened.
        case unopened
    }

    /// What whoever drives the operation does next. After all but the last three it steps again.
    package enum Step: Sendable, Hashable {
        /// Nothing: something moved, and more may be there.
        case again
        /// Calls `look` with the time of the clock, and does what that answers.
        case look
        /// Lets some cycles pass.
        case spin
        /// Lets others run.
        case yield
        /// Sleeps until a link that the operation waits for is ready, or the communicator fails, or
        /// for `WaitStrategy.sleepMilliseconds`.
        case sleep
        /// Sleeps until the communicator fails, or a few milliseconds: nothing else counts.
        case listen
        /// Tells the others; `report` has the words.
        case tell(Stop)
        /// Fails the communicator here: the verdict never came.
        case giveUp

        /// All ranks agree on the call: completes the round, and begins the call's own operation.
        case agreed
        /// Completes the operation, and the call returns in success.
        case complete
        /// The call ends with the communicator's first cause, once no link reads its memory.
        case fail
    }
}

// MARK: - Beginning

extension Sequencer {
    /// Whether an operation may begin.
    package enum Admission: Sendable {
        case admitted
        /// The communicator has failed, and the call ends with its first cause.
        case refused
        /// This rank has left.
        case left
        /// Another rank has left, without which it cannot end: `step` says how to go on.
        case stopped
    }

    /// What a call begins with.
    package var firstRound: Round { isStrict ? .agreement : .operation }

    /// Asked before each operation, also between an agreement and what was agreed on.
    /// `lastPossible` is the last operation that the ranks which left took part in.
    package mutating func admit(isAborted: Bool, lastPossible: UInt64) -> Admission {
        if isAborted { return .refused }
        if hasLeft { return .left }
        guard sequence < lastPossible else {
            stage = .hearing(.departure, until: 0)
            return .stopped
        }
        return .admitted
    }

    /// Starts the next operation of the sequence, under its header but for the sequence. It was
    /// admitted, and the links of its program are open.
    package mutating func begin(
        _ round: Round, _ program: CompiledProgram, _ binding: Binding, header: OperationHeader
    ) {
        unsafe begin(round, program.view, binding, header: header)
    }

    /// The same with a program that somebody else keeps alive.
    @inline(__always)
    mutating func begin(
        _ round: Round, _ program: ProgramView, _ binding: Binding, header: OperationHeader
    ) {
        sequence += 1
        self.round = round
        stage = .running
        deadlineNanoseconds = nil
        idleCount = 0
        moveCount = 0
        var header = header
        header.sequence = sequence
        unsafe executor.begin(program, binding, header: header)
    }

    /// The header of the operation begun last, for the communicator's status.
    package var headerWords: HeaderWords { HeaderWords(executor.header) }

    /// Passes over operations that other ranks run among themselves.
    package mutating func skip(_ operationCount: Int) {
        sequence += UInt64(operationCount)
    }
}
