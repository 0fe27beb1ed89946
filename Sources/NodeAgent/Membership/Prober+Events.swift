// What an event changes of what is known.

extension Prober {
    mutating func take(_ event: Event) {
        switch event {
        case .tick: break
        case .standing(let new): take(new)
        case .answer(let serial, let answer): take(answer, serial)
        case .changed(let scope, let key, let value, let revision):
            guard scope == self.scope else { return }
            let change = Change(value: value, revision: revision)
            recentChanges[key] = change
            apply(key, change)
        case .forgotten(let scope):
            guard scope == self.scope else { return }
            forget()
        case .tuned(let grace, let interval):
            settings.graceSeconds = grace
            settings.intervalSeconds = interval
        }
    }

    private mutating func take(_ new: Registration.Standing?) {
        let isSame = new?.lease == standing?.lease && new?.incarnation == standing?.incarnation
        standing = new
        guard !isSame else { return }
        // What was held went with the lease.
        watch(nil)
    }

    mutating func forget() {
        entries = nil
        recentChanges = [:]
    }

    /// Turns to another scope, about which nothing is known yet.
    mutating func watch(_ new: Scope?) {
        scope = new
        forget()
        absences = [:]
        probes = [:]
        request = nil
        retryNanoseconds = 0
        if new == nil { actions.append(.rest) }
        if isElected != (new == .cluster) {
            isElected = new == .cluster
            actions.append(.elected(isElected))
        }
    }

    private mutating func apply(_ key: String, _ change: Change) {
        guard entries != nil, change.revision >= entries?[key]?.modRevision ?? 0 else { return }
        entries?[key] = change.value
        if let value = change.value {
            snapshot.put(key, value.bytes)
        } else {
            snapshot.delete(key)
        }
    }

    private mutating func take(_ answer: Answer, _ serial: UInt64) {
        if let node = probes.removeValue(forKey: serial) { return takeProbe(answer, of: node) }
        guard let flight = request, flight.serial == serial else { return }
        request = nil
        if case .failed = answer { return failed(flight) }
        backoff.succeeded()
        switch answer {
        case .read(let values, let revision): takeEntries(values, revision)
        case .committed(let revision): committed(flight.request, revision)
        case .conflict: forget()
        case .probed, .failed: break
        }
    }

    private mutating func failed(_ flight: Flight) {
        if case .commit = flight.request { forget() }
        retryNanoseconds = now.nanoseconds + backoff.failed()
    }

    private mutating func takeEntries(_ values: [String: HeldValue], _ revision: Int64) {
        guard let scope else { return }
        entries = values
        snapshot = ClusterSnapshot(keys: keys)
        for (key, value) in values { snapshot.put(key, value.bytes) }
        for (key, change) in recentChanges where change.revision > revision { apply(key, change) }
        actions.append(.watch(scope, after: revision))
    }

    private mutating func takeProbe(_ answer: Answer, of node: String) {
        guard case .probed(let hasAnswered, let evidence) = answer else { return }
        if !hasAnswered { count(.probesFailed) }
        absences[node]?.isProbing = false
        let sent = absences[node]?.probeSentNanoseconds ?? now.nanoseconds
        absences[node]?.lastProbe = Probe(
            hasAnswered: hasAnswered, evidence: evidence, nanoseconds: sent)
    }

    private mutating func committed(_ done: Request, _ revision: Int64) {
        guard case .commit(let commit) = done else { return }
        for put in commit.puts {
            apply(
                put.key,
                Change(
                    value: HeldValue(bytes: put.value, modRevision: revision, lease: put.lease),
                    revision: revision))
        }
        for key in commit.deletes { apply(key, Change(value: nil, revision: revision)) }
    }

    /// A request that was not answered in time has failed, whatever becomes of it. Probes end by
    /// themselves: whoever sends them answers in any case.
    mutating func expireRequest() {
        guard let flight = request, now.nanoseconds >= flight.deadlineNanoseconds else { return }
        let failure = StoreFailure("no answer within \(settings.requestTimeoutSeconds) s")
        take(.answer(serial: flight.serial, .failed(failure)))
    }
}
