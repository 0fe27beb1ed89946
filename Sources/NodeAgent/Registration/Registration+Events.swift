// What an event changes of what is known.

extension Registration {
    mutating func take(_ event: Event) {
        switch event {
        case .tick: break
        case .answer(let serial, let answer): take(answer, serial: serial)
        case .changed(let fact, let value, let revision): take(fact, value, revision)
        case .forgotten(let reason): forget(reason)
        case .watchEnded(let reason):
            isWatching = false
            forget(reason)
        case .content(let new): content = new
        case .drain(let by, let reason): drain(by, reason)
        case .resume(let by): resume(by)
        case .tuned(let tuning): tune(tuning)
        case .stop(let reason): stop(reason)
        }
    }

    private mutating func tune(_ tuning: Tuning) {
        settings.recheckSeconds = tuning.recheckSeconds
        settings.departureSeconds = tuning.departureSeconds
        settings.retrySeconds = settings.retrySeconds.lowerBound...tuning.retryLimitSeconds
        backoff.limitSeconds = tuning.retryLimitSeconds
        // What was planned by longer waits would come too late.
        retryNanoseconds = min(retryNanoseconds, now.nanoseconds + backoff.limitNanoseconds)
        guard nextCheckNanoseconds != .max else { return }
        let check = now.nanoseconds + UInt64(tuning.recheckSeconds * 1e9)
        nextCheckNanoseconds = min(nextCheckNanoseconds, check)
    }

    private mutating func take(
        _ fact: ClusterKeys.NodeFact, _ value: HeldValue?, _ revision: Int64
    ) {
        highestRevision = max(highestRevision, revision)
        recentChanges[fact] = Change(value: value, revision: revision)
        apply(recentChanges)
    }

    /// Later changes win over what was read.
    private mutating func apply(_ changes: [ClusterKeys.NodeFact: Change]) {
        guard var held = known else { return }
        for (fact, change) in changes where change.revision > held.revision {
            guard change.revision >= held.values[fact]?.modRevision ?? 0 else { continue }
            held.values[fact] = change.value
        }
        known = held
    }

    private mutating func forget(_ reason: String) {
        log(.controlReread, "reading the own keys again: \(reason)")
        known = nil
        recentChanges = [:]
    }

    private mutating func stop(_ reason: String) {
        guard departure == nil else { return }
        let seconds = settings.departureSeconds
        departure = Departure(
            reason: reason, deadlineNanoseconds: now.nanoseconds + UInt64(seconds * 1e9))
        // Whoever leaves does not wait for its turn.
        retryNanoseconds = 0
        log(.agentStopping, "leaving: \(reason)")
    }
}

// MARK: - Answers

extension Registration {
    private mutating func take(_ answer: Answer, serial: UInt64) {
        if let flight = renewal, flight.serial == serial {
            renewal = nil
            return takeRenewal(answer, flight)
        }
        // Of a request that was given up: whether it was done shows when the keys are read.
        guard let flight = request, flight.serial == serial else { return }
        request = nil
        if case .failed(let failure) = answer {
            if failure.isDenied, liftsOrder(flight.request) { return orderKept(failure) }
            return failed(failure, flight)
        }
        if case .probe = flight.request {} else { succeeded() }
        switch answer {
        case .read(let read):
            takeKeys(read)
            noteRead(serial: serial, revision: read.revision)
        case .granted(let id, let seconds): takeLease(id, seconds, flight)
        case .committed(let revision): committed(flight.request, revision)
        case .conflict:
            // Somebody was faster; what is there now decides.
            known = nil
        case .probed(let hasAnswered, let evidence): probed(hasAnswered, evidence)
        case .revoked: lease = nil
        case .renewed, .failed: break
        }
    }

    private mutating func takeKeys(_ read: OwnKeys) {
        if read.revision < highestRevision {
            log(
                .controlReplaced,
                "the control plane went back from revision \(highestRevision) to"
                    + " \(read.revision): another store, or a restored one; registering again")
            recentChanges = [:]
            isWatching = false
        }
        highestRevision = read.revision
        known = read
        apply(recentChanges)
        recentChanges = recentChanges.filter { $0.value.revision > read.revision }
        nextCheckNanoseconds = now.nanoseconds + UInt64(settings.recheckSeconds * 1e9)
        highestIncarnation = max(highestIncarnation, read.highestIncarnation)
        if !isWatching {
            isWatching = true
            actions.append(.watch(after: read.revision))
        }
    }

    private mutating func takeLease(_ id: Int64, _ seconds: Int, _ flight: Flight) {
        log(.leaseGranted, "the control plane gave a lease", ["leaseSeconds": "\(seconds)"])
        lease = Lease(id: id, seconds: seconds, renewedNanoseconds: flight.sentNanoseconds)
        scheduleRenewal(from: flight.sentNanoseconds)
    }

    private mutating func probed(_ hasAnswered: Bool, _ evidence: String) {
        rival?.hasAnswered = hasAnswered
        guard let rival else { return }
        log(
            .nodeProbed,
            "\(rival.value.probeAddress), which has this node's id, "
                + (hasAnswered ? "answers" : "does not answer: \(evidence)"))
        if hasAnswered { refuse(rival.value) } else { hindrance = .none }
    }

    private mutating func failed(_ failure: StoreFailure, _ flight: Flight) {
        if case .revoke = flight.request { lease = nil }
        if failure.isLeaseMissing { loseLease() }
        // It may have been done all the same.
        if case .commit = flight.request { known = nil }
        if case .read = flight.request { noteRead(serial: flight.serial, revision: nil) }
        count(.controlPlaneErrors)
        retryNanoseconds = now.nanoseconds + backoff.failed()
        noteSilence("\(flight.request.name): \(failure.message)")
    }

    mutating func succeeded() {
        if backoff.failureCount > 0 {
            log(
                .controlConnected,
                "the control plane answers again, after "
                    + Quantity.count(backoff.failureCount, "failure"))
        }
        backoff.succeeded()
        retryNanoseconds = 0
    }

    private mutating func committed(_ done: Request, _ revision: Int64) {
        highestRevision = max(highestRevision, revision)
        guard case .commit(let commit) = done else { return }
        for put in commit.puts {
            guard case .node(_, let fact)? = keys.subject(of: put.key) else { continue }
            known?.values[fact] = HeldValue(
                bytes: put.value, modRevision: revision, lease: put.lease)
        }
        for key in commit.deletes {
            guard case .node(_, let fact)? = keys.subject(of: key) else { continue }
            known?.values[fact] = nil
        }
        noteCommitted(commit)
    }
}
