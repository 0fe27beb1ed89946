internal import CLinux
internal import Liveness
internal import Platform
package import Schedules
internal import Synchronization

extension Engine {
    /// Starts a call without waiting for it: the progress thread carries it on, unless somebody
    /// waits and carries it himself.
    package func start(
        _ call: Call, algorithm: Algorithm? = nil, keeping owner: (any AnyObject & Sendable)? = nil
    ) throws(CollectiveError) -> Request {
        guard ForkGuard.generation == generation else { throw Self.foreign }
        if status.isAborted { throw refusal() }
        let request = unsafe Request(call, algorithm: algorithm, owner: owner)
        // First the thread: what is queued runs, whatever is thrown here.
        let progress = try ProgressThread.started()
        try queue.withLock { (queue) throws(CollectiveError) in
            guard queue.count < Self.requestLimit else {
                throw CollectiveError(
                    .busy,
                    "\(Self.requestLimit) operations are under way: wait for one of them first")
            }
            queue.append(request)
            queuedCount.store(queue.count, ordering: .releasing)
        }
        progress.serve(self)
        return request
    }

    /// Drives the engine until the request is done.
    package func wait(for request: Request) throws(CollectiveError) {
        // The parent's thread may have held the engine when it forked.
        guard ForkGuard.generation == generation else { throw Self.foreign }
        while !request.isDone {
            take()
            if !request.isDone { finishOne() }
            letGo()
        }
        if let error = request.error { throw error }
    }

    /// Runs the request at hand, or the next one, to its end; the engine is held.
    ///
    /// Never inlined: the path of a blocking call has nothing to count references of.
    @inline(never)
    func finishOne() {
        guard let request = current() else { return }
        do {
            // What the progress thread found out about it is found out again here.
            ending = nil
            try drive()
            if request.awaitsAgreement {
                try beginAgreed(request)
                try drive()
            }
            end(request, nil)
        } catch {
            end(request, error)
        }
    }

    /// Whether a non-blocking operation is queued or running.
    var hasRequests: Bool {
        queuedCount.load(ordering: .acquiring) > 0 || runningCount.load(ordering: .acquiring) > 0
    }

    /// What `advance` found.
    enum Progress {
        case idle
        case waiting
        case moved
    }

    /// Moves the request at hand a little; for the progress thread, which holds the engine.
    func advance() -> Progress {
        guard let request = current() else { return .idle }
        if let ending { return advance(request, ending) }
        if executor.isDone {
            status.complete(sequence)
            do {
                if request.awaitsAgreement { try beginAgreed(request) } else { end(request, nil) }
            } catch {
                end(request, error)
            }
            return .moved
        }
        let hasMoved = executor.poll()
        if status.isAborted && !executor.isDone {
            end(request, firstCause())
        } else if hasMoved {
            moveCount &+= 1
            if moveCount & Self.lookMask == 0, !executor.isDone, hasPassedDeadline() {
                beginEnding(at: .deadline)
            }
        } else if executor.failure != nil {
            beginEnding(at: .failure)
        } else {
            return .waiting
        }
        return .moved
    }

    /// What the progress thread does when nothing moved for a while. Where it serves several
    /// engines it does not sleep for one.
    func advanceSlowly(idle: Int, isAlone: Bool) {
        guard running != nil, ending == nil else { return }
        let stop = isAlone ? waitLonger(idle) : idle & 31 == 0 ? lookAround() : nil
        if let stop { beginEnding(at: stop) }
    }

    /// A request that cannot go on, while others find out why: nobody waits for it on the progress
    /// thread, which has other communicators to see to.
    enum Ending {
        /// Another rank may know better.
        case hearing(Stop, until: Deadline)
        /// All were told, and the verdict is due.
        case judging(until: Deadline)
    }

    private func beginEnding(at stop: Stop) {
        if mayHearMore(of: stop) {
            ending = .hearing(
                stop, until: Deadline(secondsFromNow: Self.betterCauseSeconds))
        } else {
            tell(stop)
        }
    }

    private func tell(_ stop: Stop) {
        if let report = report(of: stop) { detector.tell(report, of: identifier) }
        ending = .judging(until: Deadline(secondsFromNow: Self.verdictSeconds))
    }

    private func advance(_ request: Request, _ ending: Ending) -> Progress {
        if status.isAborted {
            end(request, firstCause())
            return .moved
        }
        switch ending {
        case .hearing(let stop, let deadline) where deadline.hasPassed: tell(stop)
        case .judging(let deadline) where deadline.hasPassed: failWithoutVerdict()
        default: return .waiting
        }
        return .moved
    }

    /// The running request, begun if it was only queued. Requests that cannot begin end at once.
    private func current() -> Request? {
        while running == nil {
            let next = queue.withLock { queue -> Request? in
                guard !queue.isEmpty else { return nil }
                let first = queue.removeFirst()
                queuedCount.store(queue.count, ordering: .releasing)
                return first
            }
            guard let next else { return nil }
            do {
                next.awaitsAgreement = isStrict
                if isStrict {
                    try unsafe beginAgreement(on: next.call, algorithm: next.algorithm)
                } else {
                    try unsafe begin(next.call, algorithm: next.algorithm)
                }
                running = next
                runningCount.store(1, ordering: .releasing)
            } catch {
                next.finish(error)
            }
        }
        return running
    }

    /// All ranks agree on the request: its operation begins.
    private func beginAgreed(_ request: Request) throws(CollectiveError) {
        request.awaitsAgreement = false
        try unsafe begin(request.call, algorithm: request.algorithm)
    }

    /// Ends everything that is queued or running; the engine is held.
    func endRequests(_ cause: AbortCause) {
        if let running { end(running, CollectiveError(cause, sequence: sequence)) }
        let queued = queue.withLock { queue in
            defer { queue.removeAll() }
            queuedCount.store(0, ordering: .releasing)
            return queue
        }
        // These never got a place in the sequence.
        for request in queued { request.finish(CollectiveError(cause, sequence: 0)) }
    }

    private func end(_ request: Request, _ error: CollectiveError?) {
        running = nil
        ending = nil
        runningCount.store(0, ordering: .releasing)
        request.finish(error)
    }
}
