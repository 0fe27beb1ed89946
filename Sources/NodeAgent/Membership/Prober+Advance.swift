// What to ask next.

extension Prober {
    mutating func advance() {
        guard let standing else { return }
        if scope == nil { watch(.proberKey) }
        if request == nil, now.nanoseconds >= retryNanoseconds, let scope {
            if let entries {
                advance(scope, entries[keys.prober], standing)
            } else {
                send(.read(scope))
            }
        }
        if isElected, entries != nil { probeAbsentNodes() }
    }

    private mutating func advance(
        _ scope: Scope, _ holder: HeldValue?, _ standing: Registration.Standing
    ) {
        let holds = holder.map { isOwn($0, standing) } ?? false
        if holds != (scope == .cluster) {
            let next = holds ? Scope.cluster : .proberKey
            watch(next)
            return send(.read(next))
        }
        if holder == nil { return stand(standing) }
        electionNanoseconds = nil
        guard isElected, let holder, isCredible else { return }
        noteAbsences()
        if let commit = nextCommit(holder.modRevision) { send(.commit(commit)) }
    }

    /// An answer that lacks this node itself, which holds its lease, is not believed.
    var isCredible: Bool { snapshot.facts[settings.nodeId]?.live != nil }

    private func isOwn(_ holder: HeldValue, _ standing: Registration.Standing) -> Bool {
        holder.lease == standing.lease && snapshot.prober?.nodeId == settings.nodeId
    }

    /// Tries to become the prober, after a wait: of many who try, the first has it before the others
    /// ask.
    private mutating func stand(_ standing: Registration.Standing) {
        guard let moment = electionNanoseconds else {
            let seconds = settings.electionSeconds
            electionNanoseconds = now.nanoseconds + backoff.nanoseconds(seconds)
            return
        }
        guard now.nanoseconds >= moment else { return }
        electionNanoseconds = nil
        let value = ProberValue(nodeId: settings.nodeId, incarnation: standing.incarnation)
        var commit = Commit()
        commit.guards = [.isMissing(keys.prober)]
        commit.puts = [.init(keys.prober, encoded(value), lease: standing.lease)]
        send(.commit(commit))
    }

    private mutating func send(_ what: Request) {
        lastSerial += 1
        request = Flight(
            serial: lastSerial, request: what,
            deadlineNanoseconds: now.nanoseconds + UInt64(settings.requestTimeoutSeconds * 1e9))
        actions.append(.send(serial: lastSerial, what))
    }
}
