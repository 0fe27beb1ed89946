internal import CLinux
internal import CReductionKernels
internal import Liveness
internal import Platform
internal import Transport

extension Engine {
    /// Does what the sequencer says until the operation is complete, or fails. Answers whether it
    /// was the agreement on a call, whose own operation comes next.
    ///
    /// The kernels' results are the same on every rank only in the default floating-point
    /// environment; a program may have given its threads another.
    func drive() throws(CollectiveError) -> Bool {
        let environment = creduction_environment_enter()
        defer { creduction_environment_leave(environment) }
        sequencer.maySleep = true
        while true {
            let step = sequencer.step(isAborted: status.isAborted)
            switch step {
            case .again: break
            case .spin: clinux_pause()
            case .agreed, .complete:
                status.complete(sequence)
                return step == .agreed
            default: try carryOut(looked(step))
            }
        }
    }

    /// Looks at the clock, where a step asks for it.
    func looked(_ step: Sequencer.Step) -> Sequencer.Step {
        guard step == .look else { return step }
        return sequencer.look(now: Clock.nowNanoseconds(), isAborted: status.isAborted)
    }

    /// Does what a step says that does not end an operation well. Never inlined: a call that repeats
    /// hardly ever comes here.
    @inline(never)
    func carryOut(_ step: Sequencer.Step) throws(CollectiveError) {
        switch step {
        case .again, .look, .agreed, .complete: break
        case .spin, .yield, .sleep, .listen: pass(step)
        case .tell(let stop): tell(stop)
        case .giveUp: status.fail(sequencer.missingVerdict)
        case .fail:
            closeLinksThatRead()
            throw firstCause()
        }
    }

    /// Lets time pass as a step says.
    func pass(_ step: Sequencer.Step) {
        switch step {
        case .spin: clinux_pause()
        case .yield: yieldProcessor()
        case .sleep: sleep(milliseconds: WaitStrategy.sleepMilliseconds)
        case .listen: sleepUntilFailure(milliseconds: 5)
        default: break
        }
    }

    /// Sleeps until a link that the operation waits for is ready, or the communicator fails.
    func sleep(milliseconds: Int32) {
        unsafe pollSet[0] = pollfd(fd: status.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        guard
            let count = unsafe sequencer.executor.fillPollSet(
                pollSet + 1, isLeaving: sequencer.hasLeft)
        else { return }
        _ = unsafe clinux_poll(pollSet, nfds_t(count + 1), milliseconds)
    }

    private func sleepUntilFailure(milliseconds: Int32) {
        unsafe pollSet[0] = pollfd(fd: status.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe clinux_poll(pollSet, 1, milliseconds)
    }

    /// No link reads a caller's memory any more once a call that failed has returned.
    func closeLinksThatRead() {
        for peer in owners.indices where sequencer.executor.readsMemory(to: peer) {
            owners[peer]?.close()
        }
    }
}

// MARK: - Failures

extension Engine {
    private func tell(_ stop: Sequencer.Stop) {
        let words = sequencer.report(of: stop, lastPossible: status.lastPossibleSequence)
        guard let report = words ?? openingReport else { return }
        detector.tell(report, of: identifier)
    }

    private var openingReport: Report? {
        guard let error = openingError else { return nil }
        return .abort(
            AbortCause(
                code: error.code == .timedOut ? .timedOut : .system, culprit: error.culprit ?? rank,
                message: "rank \(rank) could not open its links: \(error.message)",
                phase: .joining, errorNumber: error.errorNumber))
    }

    /// What a call ends with whose links could not be opened.
    func failedToOpen(_ error: CollectiveError) -> CollectiveError {
        openingError = error
        sequencer.stop(at: .unopened, now: Clock.nowNanoseconds())
        do {
            while true {
                try carryOut(looked(sequencer.step(isAborted: status.isAborted)))
            }
        } catch {
            return error
        }
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
}
