// What to ask next.

extension Registration {
    mutating func advance() {
        if let departure, now.nanoseconds >= departure.deadlineNanoseconds {
            log(
                .nodeUntombstoned,
                "the control plane did not answer: left without a tombstone, and the lease ends"
                    + " by itself")
            return finish()
        }
        guard request == nil, now.nanoseconds >= retryNanoseconds else { return }
        if now.nanoseconds >= nextCheckNanoseconds {
            nextCheckNanoseconds = .max
            known = nil
        }
        if departure != nil { return advanceDeparture() }
        guard let content else { return }
        guard let known, resumption?.readsAfterSerial == nil else { return send(.read) }
        if owns(known) {
            converge(known, content)
        } else {
            contend(known, content)
        }
    }

    /// Whether this process is the node, by the key that decides it.
    private func owns(_ known: OwnKeys) -> Bool {
        known.incarnation?.instance == settings.instance
    }

    /// Brings the own keys to what they should be.
    private mutating func converge(_ known: OwnKeys, _ content: RecordContent) {
        rival = nil
        guard let owner = known.incarnation, let held = known.values[.incarnation] else { return }
        if incarnation != owner.incarnation { adopt(owner) }
        guard let lease else { return send(.grant(seconds: settings.leaseSeconds)) }
        if liftOrder(known, claimRevision: held.modRevision) { return }
        let commit = difference(known, content, owner, lease, held.modRevision)
        guard !commit.isEmpty, mayHeal(commit) else { return }
        send(.commit(commit))
    }

    /// The answer to the claim was lost, and it had been done.
    private mutating func adopt(_ owner: IncarnationValue) {
        incarnation = owner.incarnation
        highestIncarnation = max(highestIncarnation, owner.incarnation)
        remember(owner.incarnation)
    }

    /// Somebody who keeps changing what is ours is answered once in a second.
    private mutating func mayHeal(_ commit: Commit) -> Bool {
        let repairs = commit.puts.filter { put in
            guard case .node(_, let fact)? = keys.subject(of: put.key) else { return false }
            return written[fact] == put
        }
        guard !repairs.isEmpty else { return true }
        if let last = lastHealNanoseconds, now.nanoseconds < last + 1_000_000_000 {
            retryNanoseconds = last + 1_000_000_000
            return false
        }
        lastHealNanoseconds = now.nanoseconds
        count(.heals)
        log(
            .recordHealed,
            "somebody changed or deleted what is this node's own; writing it again",
            ["keys": repairs.map(\.key).joined(separator: " ")])
        return true
    }

    /// What has to be written; empty when all is as it should be.
    private mutating func difference(
        _ known: OwnKeys, _ content: RecordContent, _ owner: IncarnationValue, _ lease: Lease,
        _ claimRevision: Int64
    ) -> Commit {
        let record = stamp(content, known, incarnation: owner.incarnation)
        let live = liveValue(known, owner.incarnation, record)
        var commit = Commit()
        commit.guards = [.isUnchanged(keys.incarnation(settings.nodeId), since: claimRevision)]
        if known.values[.record]?.bytes != record.json {
            commit.puts.append(.init(keys.record(settings.nodeId), record.json))
        }
        if known.values[.live]?.bytes != live || known.values[.live]?.lease != lease.id {
            commit.puts.append(.init(keys.live(settings.nodeId), live, lease: lease.id))
        }
        if known.values[.tombstone] != nil {
            commit.deletes.append(keys.tombstone(settings.nodeId))
        }
        return commit
    }
}

// MARK: - Claiming

extension Registration {
    /// Somebody else has the id, or nobody.
    private mutating func contend(_ known: OwnKeys, _ content: RecordContent) {
        if incarnation != nil { supersede(known) }
        if let owner = known.incarnation, !hasLeft(owner, known) {
            guard let rival, rival.value == owner else {
                rival = Rival(value: owner, hasAnswered: false)
                return send(.probe(address: owner.probeAddress, instance: owner.instance))
            }
            if rival.hasAnswered { return askAgainLater() }
        }
        if let live = known.live, mayLive(live, known) { return waitForLease(live) }
        guard let lease else { return send(.grant(seconds: settings.leaseSeconds)) }
        claim(known, content, lease)
    }

    private func hasLeft(_ owner: IncarnationValue, _ known: OwnKeys) -> Bool {
        known.live == nil && known.tombstone?.incarnation ?? 0 >= owner.incarnation
    }

    /// Whether the node behind a `live` key may be another machine: it is none when it was the
    /// process before this one, in the same boot.
    private func mayLive(_ live: LiveValue, _ known: OwnKeys) -> Bool {
        let predecessor = settings.predecessor
        return live.instance != settings.instance
            && (predecessor?.instance != live.instance || predecessor?.bootId != settings.bootId)
    }

    private mutating func waitForLease(_ live: LiveValue) {
        hindrance = .lease
        // The watch tells when the key goes; this is for a watch that has lost its place.
        retryNanoseconds = now.nanoseconds + backoff.nanoseconds(2)
        rival = nil
        known = nil
    }

    private mutating func askAgainLater() {
        retryNanoseconds = now.nanoseconds + backoff.nanoseconds(Double(settings.leaseSeconds))
        rival = nil
        known = nil
    }

    mutating func refuse(_ other: IncarnationValue) {
        hindrance = .rival(other)
        count(.refusals)
        log(
            .nodeRefused,
            "another machine has this node's id and answers: \(other.hostname) at"
                + " \(other.probeAddress)",
            ["remedy": "give one of them another nodeId, or a machine id of its own"])
    }

    /// This process was the node, and is no more.
    private mutating func supersede(_ known: OwnKeys) {
        incarnation = nil
        stamped = nil
        guard let owner = known.incarnation else {
            log(
                .nodeForgotten,
                "the control plane has forgotten this node; registering again")
            return
        }
        log(
            .nodeSuperseded,
            "\(owner.hostname) at \(owner.probeAddress) took this node's id as incarnation"
                + " \(owner.incarnation)")
    }

    private mutating func claim(_ known: OwnKeys, _ content: RecordContent, _ lease: Lease) {
        let id = settings.nodeId
        let number = max(highestIncarnation, known.tombstone?.incarnation ?? 0) + 1
        let record = stamp(content, known, incarnation: number)
        let value = IncarnationValue(
            incarnation: number, bootId: settings.bootId, instance: settings.instance,
            probeAddress: settings.probeAddress, hostname: settings.hostname,
            sinceUnixSeconds: now.unixSeconds)
        var commit = Commit()
        commit.guards = [
            known.values[.incarnation].map {
                .isUnchanged(keys.incarnation(id), since: $0.modRevision)
            } ?? .isMissing(keys.incarnation(id))
        ]
        commit.puts = [
            .init(keys.incarnation(id), encoded(value)),
            .init(keys.record(id), record.json),
            .init(keys.live(id), liveValue(known, number, record), lease: lease.id),
        ]
        if known.values[.tombstone] != nil { commit.deletes = [keys.tombstone(id)] }
        // Before it is done: a number that may have been used is never used again.
        highestIncarnation = number
        remember(number)
        send(.commit(commit))
    }
}
