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
        let progress = try ProgressThread.started(onNode: numaNode)
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
            while try drive() { try beginAgreed(request) }
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
        case moved
        /// Nothing moves; how time is to pass until it is tried again.
        case waiting(Sequencer.Step)
    }

    /// Moves the request at hand a little; for the progress thread, which holds the engine. Where it
    /// serves several engines it does not sleep for one.
    func advance(isAlone: Bool) -> Progress {
        guard let request = current() else { return .idle }
        sequencer.maySleep = isAlone
        do {
            let step = looked(sequencer.step(isAborted: status.isAborted))
            switch step {
            case .spin, .yield, .sleep, .listen: return .waiting(step)
            case .agreed:
                status.complete(sequence)
                try beginAgreed(request)
            case .complete:
                status.complete(sequence)
                end(request, nil)
            default: try carryOut(step)
            }
        } catch {
            end(request, error)
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
                try unsafe begin(sequencer.firstRound, next.call, algorithm: next.algorithm)
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
        try unsafe begin(.operation, request.call, algorithm: request.algorithm)
    }

    /// Ends everything that is queued or running; the engine is held.
    func endRequests(_ cause: AbortCause) {
        if let running {
            closeLinksThatRead()
            end(running, CollectiveError(cause, sequence: sequence))
        }
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
        runningCount.store(0, ordering: .releasing)
        request.finish(error)
    }
}
