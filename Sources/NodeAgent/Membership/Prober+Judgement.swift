// Who is missing, what probes say of them, and what is written about it.

extension Prober {
    /// Every node that should have a `live` key and has none.
    mutating func noteAbsences() {
        for (node, facts) in snapshot.facts {
            guard node != settings.nodeId, isAbsent(facts) else {
                absences[node] = nil
                continue
            }
            let incarnation = facts.incarnation?.incarnation ?? 0
            if absences[node]?.incarnation == incarnation { continue }
            absences[node] = Absence(
                incarnation: incarnation, sinceNanoseconds: now.nanoseconds)
        }
        // Nodes that were forgotten.
        absences = absences.filter { snapshot.facts[$0.key] != nil }
    }

    /// Lost nodes are absent, too: one that returns is seen by its `live` key.
    private func isAbsent(_ facts: NodeFacts) -> Bool {
        guard !facts.isEmpty, facts.live == nil, facts.unreadable[.live] == nil else {
            return false
        }
        guard let tombstone = facts.tombstone else { return true }
        return tombstone.incarnation < facts.incarnation?.incarnation ?? 0
    }

    private func isLost(_ node: String) -> Bool {
        guard let facts = snapshot.facts[node], let verdict = facts.verdict else { return false }
        return verdict.judgement == .lost
            && verdict.incarnation >= facts.incarnation?.incarnation ?? 0
    }

    /// Nodes that vanished and are not yet known to be lost.
    private var vanished: [String] {
        absences.keys.filter { !isLost($0) }.sorted()
    }

    /// Nodes that are there, or vanished.
    private var memberCount: Int {
        let present = snapshot.facts.values.count { $0.live != nil }
        return present + vanished.count
    }

    /// More than a third together: then the network or the control plane is more likely to blame
    /// than each of them. One node alone is no crowd.
    private var isCrowd: Bool {
        let count = vanished.count
        return count >= 2 && count * 3 > memberCount
    }
}

// MARK: - Probes

extension Prober {
    var nextProbeNanoseconds: UInt64 {
        guard isElected, entries != nil, isCredible, probes.count < settings.probeLimit else {
            return .max
        }
        return absences.filter { !$0.value.isProbing && !isLost($0.key) }
            .map { dueNanoseconds($0.value) }.min() ?? .max
    }

    private func dueNanoseconds(_ absence: Absence) -> UInt64 {
        guard let last = absence.lastProbe else { return absence.sinceNanoseconds }
        return last.nanoseconds + UInt64(settings.intervalSeconds * 1e9)
    }

    mutating func probeAbsentNodes() {
        guard isCredible else { return }
        for (node, absence) in absences.sorted(by: { $0.key < $1.key })
        where !absence.isProbing && !isLost(node) && dueNanoseconds(absence) <= now.nanoseconds {
            guard probes.count < settings.probeLimit else { return }
            probe(node)
        }
    }

    private mutating func probe(_ node: String) {
        absences[node]?.probeSentNanoseconds = now.nanoseconds
        guard let target = snapshot.facts[node]?.incarnation else {
            absences[node]?.lastProbe = Probe(
                hasAnswered: false, evidence: "has no address that could be probed",
                nanoseconds: now.nanoseconds)
            return
        }
        lastSerial += 1
        probes[lastSerial] = node
        absences[node]?.isProbing = true
        count(.probesSent)
        actions.append(
            .send(
                serial: lastSerial,
                .probe(
                    nodeId: node, address: target.probeAddress, instance: target.instance)))
    }
}

// MARK: - Verdicts

extension Prober {
    /// The next change to write: the freeze before anything else, for it forbids verdicts.
    mutating func nextCommit(_ electionRevision: Int64) -> Commit? {
        var commit = Commit()
        commit.guards = [.isUnchanged(keys.prober, since: electionRevision)]
        if change(freeze: &commit) { return commit }
        for (node, facts) in snapshot.facts.sorted(by: { $0.key < $1.key })
        where change(verdictOn: node, facts, &commit) {
            return commit
        }
        return nil
    }

    private mutating func change(freeze commit: inout Commit) -> Bool {
        guard isCrowd else {
            guard entries?[keys.freeze] != nil else { return false }
            commit.deletes = [keys.freeze]
            log(.clusterThawed, "the nodes that had vanished together are back")
            return true
        }
        let nodes = vanished
        guard snapshot.freeze?.vanished != nodes || snapshot.freeze?.nodeCount != memberCount else {
            return false
        }
        let value = FreezeValue(
            vanished: nodes, nodeCount: memberCount, by: settings.nodeId,
            sinceUnixSeconds: snapshot.freeze?.sinceUnixSeconds ?? now.unixSeconds)
        commit.puts = [.init(keys.freeze, encoded(value))]
        if snapshot.freeze == nil { count(.freezes) }
        log(
            .clusterFrozen,
            "\(nodes.count) of \(memberCount) nodes vanished together: nothing is believed of"
                + " them until they are back or an operator forgets them",
            ["nodes": nodes.prefix(16).joined(separator: " ")])
        return true
    }

    private mutating func change(
        verdictOn node: String, _ facts: NodeFacts, _ commit: inout Commit
    ) -> Bool {
        guard let absence = absences[node] else {
            // It is back, or it left, or it was forgotten.
            guard entries?[keys.verdict(node)] != nil else { return false }
            commit.deletes = [keys.verdict(node)]
            if facts.live != nil { log(.peerReturned, "\(node) is back", ["nodeId": node]) }
            return true
        }
        guard !isLost(node), let verdict = verdict(on: node, facts, absence) else { return false }
        commit.puts = [.init(keys.verdict(node), encoded(verdict))]
        if verdict.judgement == .lost {
            commit.guards += [.isMissing(keys.live(node)), .isMissing(keys.freeze)]
            commit.guards += unchangedOwner(node)
        }
        count(.verdictsWritten)
        log(
            verdict.judgement == .lost ? .peerLost : .peerSuspected,
            "\(node) \(verdict.evidence)", ["nodeId": node])
        return true
    }

    private func unchangedOwner(_ node: String) -> [Commit.Guard] {
        let key = keys.incarnation(node)
        return [entries?[key].map { .isUnchanged(key, since: $0.modRevision) } ?? .isMissing(key)]
    }

    /// What is to be said of an absent node; nil where that stands there already, or nothing is
    /// known yet.
    private func verdict(
        on node: String, _ facts: NodeFacts, _ absence: Absence
    ) -> VerdictValue? {
        guard let probe = absence.lastProbe else { return nil }
        let graceEnd = absence.sinceNanoseconds + UInt64(settings.graceSeconds * 1e9)
        let isLost =
            !probe.hasAnswered && probe.nanoseconds >= graceEnd && !isCrowd
            && entries?[keys.freeze] == nil
        let judgement: VerdictValue.Judgement = isLost ? .lost : .suspect
        let before = facts.verdict.flatMap { $0.incarnation == absence.incarnation ? $0 : nil }
        if let before, before.judgement == judgement, before.evidence == probe.evidence {
            return nil
        }
        let since = before?.judgement == judgement ? before?.sinceUnixSeconds : nil
        return VerdictValue(
            judgement: judgement, incarnation: absence.incarnation, evidence: probe.evidence,
            by: settings.nodeId, sinceUnixSeconds: since ?? now.unixSeconds)
    }

    /// Values of ours that JSON cannot hold do not exist.
    func encoded(_ value: some Encodable) -> [UInt8] {
        do {
            return try CanonicalJSON.encode(value)
        } catch {
            preconditionFailure("\(error)")
        }
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
