extension Sequencer {
    /// The clock is looked at where these bits of the count of moves are zero.
    private static var lookMask: Int { 255 }
    /// While it yields, it looks around where these bits of the count of yields are all set: not at the
    /// first yield, for where ranks share cores there is one in every wait.
    private static var yieldMask: Int { 31 }

    /// Moves what can be moved now, and answers what to do.
    ///
    /// What is complete is a success, whatever happens to the communicator; then the abort word
    /// counts before what was seen here.
    @inline(__always)
    package mutating func step(isAborted: Bool) -> Step {
        guard case .running = stage else { return .look }
        guard !executor.isDone else { return completion }
        if executor.poll() {
            idleCount = 0
            moveCount &+= 1
            guard !executor.isDone else { return completion }
            // A long operation that still moves must outlive neither an abort nor its time.
            if isAborted { return .fail }
            return moveCount & Self.lookMask == 0 ? .look : .again
        }
        idleCount &+= 1
        if isAborted { return .fail }
        if executor.failure != nil { return .look }
        if idleCount < limits.strategy.spinCount { return .spin }
        return isLookDue ? .look : .yield
    }

    @inline(__always)
    private var completion: Step { round == .agreement ? .agreed : .complete }

    private var yieldCount: Int { idleCount - limits.strategy.spinCount }
    private var isTired: Bool { maySleep && yieldCount > limits.strategy.yieldCount }
    private var isLookDue: Bool { yieldCount & Self.yieldMask == Self.yieldMask || isTired }

    /// Looks at what needs no haste: the deadline, headers that nobody expects; and, where the
    /// operation stops, at what has become of it.
    @inline(never)
    package mutating func look(now: UInt64, isAborted: Bool) -> Step {
        if isAborted { return .fail }
        switch stage {
        case .running:
            guard let stop = obstacle(now: now) else { return pause }
            self.stop(at: stop, now: now)
            return settle(now: now)
        case .hearing, .judging: return settle(now: now)
        }
    }

    /// How time passes until the next step.
    private var pause: Step {
        idleCount == 0 ? .again : isTired ? .sleep : .yield
    }

    /// Why the running operation cannot go on, nil where it can.
    private mutating func obstacle(now: UInt64) -> Stop? {
        if executor.failure == nil, idleCount > 0 { executor.scanOtherLinks() }
        return executor.failure != nil ? .failure : isLate(now: now) ? .deadline : nil
    }

    /// Whether the running operation takes too long; its time begins when this is first asked.
    private mutating func isLate(now: UInt64) -> Bool {
        let (ahead, overflow) = now.addingReportingOverflow(limits.timeoutNanoseconds)
        let deadline =
            deadlineNanoseconds ?? min(overflow ? .max : ahead, latestDeadlineNanoseconds)
        deadlineNanoseconds = deadline
        return now >= deadline
    }
}

// MARK: - When it cannot go on

extension Sequencer {
    /// Nothing goes on: the others have to be told, unless one of them knows better.
    package mutating func stop(at stop: Stop, now: UInt64) {
        let patience = mayHearMore(of: stop) ? limits.betterCauseNanoseconds : 0
        stage = .hearing(stop, until: now + patience)
    }

    private func mayHearMore(of stop: Stop) -> Bool {
        switch stop {
        case .failure:
            // A peer in a later operation shows that it passed this one, but not what it called in
            // its place. It knows, and reads what this rank called: what it tells counts more.
            guard case .mismatch(_, let theirs, let ours) = executor.failure else { return false }
            return theirs.sequence > ours.sequence
        // The others wait for the links too. What broke them may be a failure that has not been
        // heard of here yet, which counts before what was seen of it.
        case .unopened: return true
        case .deadline, .departure: return false
        }
    }

    private mutating func settle(now: UInt64) -> Step {
        switch stage {
        case .hearing(let stop, let until) where now >= until:
            stage = .judging(until: now + limits.verdictNanoseconds)
            return .tell(stop)
        case .judging(let until) where now >= until: return .giveUp
        default: return .listen
        }
    }
}

// MARK: - Leaving

extension Sequencer {
    /// Ends this rank's part: nothing begins any more. False when it has ended before.
    package mutating func leave() -> Bool {
        guard !hasLeft else { return false }
        hasLeft = true
        return true
    }

    /// Whether this rank may let go of its links, which have sent all they will. A socket that is
    /// closed with unread bytes in it resets the connection, and what the peer has not read yet may
    /// be lost: so the last grants are read, until every peer ends its stream too.
    package mutating func mayLetGo(now: UInt64, isAborted: Bool) -> Bool {
        let until = farewellNanoseconds ?? now + limits.farewellNanoseconds
        farewellNanoseconds = until
        return executor.discardInput() || isAborted || now >= until
    }
}
