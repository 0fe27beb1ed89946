// The values of the own keys.

extension Registration {
    /// The record with its numbers. The generation goes on from what the control plane has.
    mutating func stamp(
        _ content: RecordContent, _ known: OwnKeys, incarnation: Int
    ) -> StampedRecord {
        if let stamped, stamped.record.identity.contentHash == content.hash,
            stamped.record.identity.incarnation == incarnation
        {
            return stamped
        }
        let held = known.decoded(.record, as: NodeRecord.self)?.identity
        let before = max(held?.generation ?? 0, stamped?.record.identity.generation ?? 0)
        let isSame = held?.contentHash == content.hash && held?.generation == before
        var record = content.record
        record.identity.incarnation = incarnation
        record.identity.generation = isSame ? before : before + 1
        let new = StampedRecord(record: record, json: encoded(record))
        stamped = new
        actions.append(.publish(new, isPublished: false))
        return new
    }

    mutating func liveValue(
        _ known: OwnKeys, _ incarnation: Int, _ record: StampedRecord
    ) -> [UInt8] {
        let (phase, reason) = wantedPhase(known, record)
        if phase != livePhase {
            livePhase = phase
            livePhaseUnixSeconds = now.unixSeconds
            tell(phase, reason, known)
        }
        livePhaseReason = reason
        return encoded(
            LiveValue(
                incarnation: incarnation, bootId: settings.bootId,
                generation: record.record.identity.generation, instance: settings.instance,
                probeAddress: settings.probeAddress, phase: phase, reason: reason,
                sinceUnixSeconds: livePhaseUnixSeconds))
    }

    private mutating func tell(
        _ phase: LiveValue.Phase, _ reason: String?, _ known: OwnKeys
    ) {
        guard departure == nil else { return }
        if let reason {
            resumedBy = nil
            log(.nodeDraining, "takes no new work: \(reason)", ["phase": phase.rawValue])
        } else {
            let by = resumedBy ?? known.order.flatMap { $0.action == .resume ? $0.by : nil }
            log(.nodeResumed, "takes work again" + (by.map { ", says \($0)" } ?? ""))
        }
    }

    /// A node that shall take no work has drained once none of its slots is in use.
    private func wantedPhase(
        _ known: OwnKeys, _ record: StampedRecord
    ) -> (LiveValue.Phase, String?) {
        guard let reason = drainReason(known) else { return (.ready, nil) }
        return (record.record.slots.reserved == 0 ? .drained : .draining, reason)
    }

    /// Values of ours that JSON cannot hold do not exist.
    func encoded(_ value: some Encodable) -> [UInt8] {
        do {
            return try CanonicalJSON.encode(value)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    mutating func remember(_ number: Int) {
        actions.append(
            .remember(
                Predecessor(
                    incarnation: number, instance: settings.instance, bootId: settings.bootId)))
    }

    /// Tells of what was written: a claim, a new record, or the repair of what others changed.
    mutating func noteCommitted(_ commit: Commit) {
        let id = settings.nodeId
        let puts = Set(commit.puts.map(\.key))
        for put in commit.puts {
            guard case .node(_, let fact)? = keys.subject(of: put.key) else { continue }
            written[fact] = put
        }
        if puts.contains(keys.incarnation(id)) {
            incarnation = highestIncarnation
            rival = nil
            hindrance = .none
            count(.registrations)
            log(
                .nodeRegistered,
                "registered as incarnation \(highestIncarnation)",
                ["lease": lease.map { String($0.id, radix: 16) } ?? ""])
        }
        if puts.contains(keys.record(id)), let stamped {
            count(.recordWrites)
            actions.append(.publish(stamped, isPublished: true))
            log(
                .recordWritten,
                "generation \(stamped.record.identity.generation), \(stamped.json.count) bytes")
        }
        if puts.contains(keys.tombstone(id)) {
            departure?.hasTombstone = true
            log(.nodeTombstoned, "left: \(departure?.reason ?? "")")
        }
    }
}
