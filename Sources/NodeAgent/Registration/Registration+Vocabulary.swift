extension Registration {
    /// What happened.
    package enum Event: Sendable {
        /// Nothing, but time went by.
        case tick
        /// The answer to a request.
        case answer(serial: UInt64, Answer)
        /// The watch told a change of an own key; nil for a deletion.
        case changed(ClusterKeys.NodeFact, HeldValue?, revision: Int64)
        /// The watch lost its place, or another store answers: what is known is worth nothing.
        case forgotten(reason: String)
        /// The watch ended, for a reason that it cannot mend.
        case watchEnded(reason: String)
        /// What the node has, as it is now.
        case content(RecordContent)
        case drain(by: String, reason: String?)
        case resume(by: String)
        /// The configuration was read again.
        case tuned(Tuning)
        /// Leave, with a tombstone.
        case stop(reason: String)
    }

    /// What the control plane, or another node, is asked.
    package enum Request: Sendable, Hashable {
        /// Everything under the node's own keys, and its order.
        case read
        case grant(seconds: Int)
        case renew(lease: Int64)
        case revoke(lease: Int64)
        case commit(Commit)
        /// Whether the process of this instance answers there.
        case probe(address: String, instance: String)
    }

    /// What came back.
    package enum Answer: Sendable {
        case read(OwnKeys)
        case granted(lease: Int64, seconds: Int)
        case renewed(seconds: Int)
        case revoked
        case committed(revision: Int64)
        /// Something had changed that must not: nothing was done.
        case conflict
        case probed(hasAnswered: Bool, evidence: String)
        case failed(StoreFailure)
    }

    /// What to do.
    package enum Action: Sendable {
        case send(serial: UInt64, Request)
        /// Watch the own keys from the revision after this one; ends the watch before.
        case watch(after: Int64)
        /// Keep in the state directory, before anything else is done.
        case remember(Predecessor)
        case log(LogNote)
        case report(AgentStatus.Phase, reason: String)
        case count(WritableCounter)
        /// The record as it stands, or will, in the control plane.
        case publish(StampedRecord, isPublished: Bool)
        /// It is over.
        case finish
    }

    /// Counters that the registration moves.
    package enum WritableCounter: Sendable, Hashable {
        case registrations, leaseRenewals, leaseRenewalFailures, leasesLost, recordWrites, heals
        case controlPlaneErrors, refusals
    }

    struct Change: Sendable {
        var value: HeldValue?
        var revision: Int64
    }
}

/// What the control plane has under a node's own keys.
package struct OwnKeys: Sendable, Hashable {
    package var values: [ClusterKeys.NodeFact: HeldValue]
    /// The revision at which they were read.
    package var revision: Int64

    package init(values: [ClusterKeys.NodeFact: HeldValue], revision: Int64) {
        self.values = values
        self.revision = revision
    }

    func decoded<Value: Decodable>(_ fact: ClusterKeys.NodeFact, as type: Value.Type) -> Value? {
        values[fact].flatMap { try? CanonicalJSON.decode(type, from: $0.bytes) }
    }

    var incarnation: IncarnationValue? { decoded(.incarnation, as: IncarnationValue.self) }
    var live: LiveValue? { decoded(.live, as: LiveValue.self) }
    var tombstone: TombstoneValue? { decoded(.tombstone, as: TombstoneValue.self) }
    /// The highest number that any of the keys names: the one that decides may have been deleted.
    var highestIncarnation: Int {
        [
            incarnation?.incarnation, live?.incarnation, tombstone?.incarnation,
            decoded(.record, as: NodeRecord.self)?.identity.incarnation,
        ].compactMap(\.self).max() ?? 0
    }
    var order: OrderValue? { decoded(.order, as: OrderValue.self) }
}

/// What a node has, before it is known under which number it is registered.
package struct RecordContent: Sendable, Hashable {
    /// With zero incarnation and generation.
    package var record: NodeRecord

    package init(_ record: NodeRecord) {
        self.record = record
    }

    package var hash: String { record.identity.contentHash }
}

/// A record with its numbers, and its bytes.
package struct StampedRecord: Sendable, Hashable {
    package var record: NodeRecord
    package var json: [UInt8]
}
