// Leaving, and telling how things stand.

extension Registration {
    /// Puts the tombstone in the place of the `live` key, then gives the lease back.
    mutating func advanceDeparture() {
        guard let departure else { return }
        guard incarnation != nil, !departure.hasTombstone else { return returnLease() }
        guard let known else { return send(.read) }
        guard let owner = known.incarnation, owner.instance == settings.instance,
            let held = known.values[.incarnation]
        else { return returnLease() }
        let id = settings.nodeId
        let tombstone = TombstoneValue(
            incarnation: owner.incarnation, reason: departure.reason,
            sinceUnixSeconds: now.unixSeconds)
        var commit = Commit()
        commit.guards = [.isUnchanged(keys.incarnation(id), since: held.modRevision)]
        commit.puts = [.init(keys.tombstone(id), encoded(tombstone))]
        commit.deletes = [keys.live(id)]
        send(.commit(commit))
    }

    private mutating func returnLease() {
        guard let lease else { return finish() }
        send(.revoke(lease: lease.id))
    }

    mutating func finish() {
        isFinished = true
        actions.append(.report(.stopped, reason: departure?.reason ?? "stopped"))
        actions.append(.finish)
    }
}

// MARK: - Reports

extension Registration {
    /// Tells phase and reason when they changed.
    mutating func report() {
        guard !isFinished else { return }
        let report = currentReport()
        guard report != lastReport else { return }
        lastReport = report
        actions.append(.report(report.phase, reason: report.reason))
    }

    private func currentReport() -> Report {
        if let departure { return Report(phase: .stopping, reason: departure.reason) }
        guard content != nil else {
            return Report(phase: .starting, reason: "looking at this host")
        }
        guard let incarnation else { return unregisteredReport() }
        guard let lease, now.nanoseconds < lease.expiresNanoseconds else {
            return Report(
                phase: .registering,
                reason: "the lease ended, and the control plane gives no other yet; this host is"
                    + " served all the same")
        }
        let phase: AgentStatus.Phase =
            switch livePhase {
            case .ready: .ready
            case .draining: .draining
            case .drained: .drained
            }
        return Report(
            phase: phase, reason: livePhaseReason ?? "registered as incarnation \(incarnation)")
    }

    private func unregisteredReport() -> Report {
        if case .rival(let other) = hindrance {
            return Report(
                phase: .refused,
                reason: "\(other.hostname) at \(other.probeAddress) has this node's id and answers")
        }
        if backoff.failureCount > 0 {
            return Report(phase: .registering, reason: "the control plane does not answer")
        }
        if case .lease = hindrance {
            return Report(
                phase: .registering,
                reason: "another process was this node, and its lease has not ended yet")
        }
        return Report(phase: .registering, reason: "asking the control plane for its place")
    }

    /// Tells once that the control plane does not answer; `succeeded` tells the end of it.
    mutating func noteSilence(_ why: String) {
        if backoff.failureCount == 1 { log(.controlLost, why) }
    }

    mutating func log(
        _ event: AgentEvent, _ message: String, _ facts: [String: String] = [:]
    ) {
        actions.append(.log(LogNote(event, message, facts)))
    }

    mutating func count(_ counter: WritableCounter) {
        actions.append(.count(counter))
    }
}
