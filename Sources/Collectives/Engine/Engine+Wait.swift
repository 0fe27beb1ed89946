internal import CLinux
internal import Liveness
internal import Platform

extension Engine {
    /// Passes time after so many fruitless polls: yields, then sleeps, and looks at what needs no
    /// haste, which is the deadline, unexpected headers, and ranks that left.
    func waitLonger(_ idle: Int) -> Stop? {
        let yields = idle - strategy.spinCount
        if yields & 31 == 0 || yields > strategy.yieldCount, let stop = lookAround() {
            return stop
        }
        if yields <= strategy.yieldCount {
            yieldProcessor()
        } else {
            sleep(milliseconds: WaitStrategy.sleepMilliseconds)
        }
        return nil
    }

    /// Why an operation cannot go on, before anybody was told.
    enum Stop {
        /// The executor says why.
        case failure
        case deadline
    }

    /// Looks at the deadline, and at the links on which nothing is expected.
    func lookAround() -> Stop? {
        executor.scanOtherLinks()
        return executor.failure != nil ? .failure : hasPassedDeadline() ? .deadline : nil
    }

    /// Whether the running operation takes too long; its time begins when this is first asked.
    func hasPassedDeadline() -> Bool {
        let deadline = deadline ?? min(Deadline(secondsFromNow: timeoutSeconds), latestDeadline)
        self.deadline = deadline
        return deadline.hasPassed
    }

    /// Sleeps until a link that the operation waits for is ready, or the communicator fails.
    private func sleep(milliseconds: Int32) {
        unsafe pollSet[0] = pollfd(fd: status.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        let count = unsafe executor.fillPollSet(pollSet + 1)
        _ = unsafe clinux_poll(pollSet, nfds_t(count + 1), milliseconds)
    }

    /// The error of the running operation of a communicator that is known to have failed; between
    /// operations, as while links open, that of none.
    func firstCause() -> CollectiveError {
        firstCause(sequence: status.operation.isInside ? sequence : 0)
    }

    /// The error of a call that did not begin because the communicator had failed.
    func refusal() -> CollectiveError {
        firstCause(sequence: 0)
    }

    private func firstCause(sequence: UInt64) -> CollectiveError {
        guard let cause = status.cause else {
            return CollectiveError(
                .system, "the communicator failed without a cause", sequence: sequence)
        }
        return CollectiveError(cause, sequence: sequence)
    }

    /// Waits for the verdict that others, too, will see; it comes within a bounded time.
    func awaitCause() -> CollectiveError {
        if !hasCause(withinSeconds: Self.verdictSeconds) { failWithoutVerdict() }
        return firstCause()
    }

    /// The communicator is failed all the same: half an operation is running.
    func failWithoutVerdict() {
        status.fail(
            AbortCause(
                code: .system, message: "operation #\(sequence) failed and no verdict came",
                origin: rank))
    }

    private func hasCause(withinSeconds seconds: Double) -> Bool {
        let deadline = Deadline(secondsFromNow: seconds)
        while !status.isAborted && !deadline.hasPassed {
            unsafe pollSet[0] = pollfd(
                fd: status.wakeDescriptor, events: Int16(POLLIN), revents: 0)
            _ = unsafe clinux_poll(pollSet, 1, 5)
        }
        return status.isAborted
    }

    /// For how long a better cause is waited for.
    static var betterCauseSeconds: Double { 0.2 }
    /// For how long the verdict is waited for, which comes earlier wherever the service runs.
    static var verdictSeconds: Double { 3 }

    /// What to tell all others when an operation cannot go on.
    func report(of stop: Stop) -> Report? {
        switch stop {
        case .failure: executor.failureReport
        case .deadline: executor.deadlineReport()
        }
    }

    /// A peer in a later operation shows that it passed this one, but not what it called in its
    /// place. It knows, and reads what this rank called: what it tells counts more.
    func mayHearMore(of stop: Stop) -> Bool {
        guard case .failure = stop, case .mismatch(_, let theirs, let ours) = executor.failure
        else { return false }
        return theirs.sequence > ours.sequence
    }

    /// Tells all why the operation cannot go on, and answers the first cause.
    func end(at stop: Stop) -> CollectiveError {
        if mayHearMore(of: stop), hasCause(withinSeconds: Self.betterCauseSeconds) {
            return firstCause()
        }
        guard let report = report(of: stop) else { return firstCause() }
        detector.tell(report, of: identifier)
        return awaitCause()
    }

    /// Links that cannot be opened: the others wait for them too. What broke the connections may be
    /// a failure that has not been heard of here yet, which counts before what was seen of it.
    func failedToOpen(_ error: CollectiveError) -> CollectiveError {
        if hasCause(withinSeconds: Self.betterCauseSeconds) { return firstCause() }
        detector.abort(
            communicator: identifier,
            cause: AbortCause(
                code: error.code == .timedOut ? .timedOut : .system, culprit: error.culprit ?? rank,
                message: "rank \(rank) could not open its links: \(error.message)",
                phase: .joining, errorNumber: error.errorNumber))
        return awaitCause()
    }
}
