// The values of the small keys, as JSON. Times are seconds since 1970 of the writer's clock, for
// people: nothing is decided by comparing them.

/// Who owns a node's id: `nodes/<id>/incarnation`, without a lease. Whoever changes it by
/// compare-and-swap is the node from then on.
package struct IncarnationValue: Codable, Sendable, Hashable {
    /// From 1; grows each time an agent starts, and never goes back.
    package var incarnation: Int
    package var bootId: String
    /// Drawn at random by each process of the agent.
    package var instance: String
    /// `host:port` that answers probes.
    package var probeAddress: String
    package var hostname: String
    package var sinceUnixSeconds: Int

    package init(
        incarnation: Int, bootId: String, instance: String, probeAddress: String,
        hostname: String, sinceUnixSeconds: Int
    ) {
        self.incarnation = incarnation
        self.bootId = bootId
        self.instance = instance
        self.probeAddress = probeAddress
        self.hostname = hostname
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}

/// That a node is there: `nodes/<id>/live`, under its lease.
package struct LiveValue: Codable, Sendable, Hashable {
    /// What the node does with new work.
    package enum Phase: String, Codable, Sendable {
        /// It takes new work.
        case ready
        /// It takes none, and some of its slots are still in use.
        case draining
        /// It takes none and has none.
        case drained
    }

    package var incarnation: Int
    package var bootId: String
    /// Of the record that belongs to this value.
    package var generation: Int
    package var instance: String
    package var probeAddress: String
    package var phase: Phase
    /// Why it is not `ready`.
    package var reason: String?
    package var sinceUnixSeconds: Int

    package init(
        incarnation: Int, bootId: String, generation: Int, instance: String,
        probeAddress: String, phase: Phase, reason: String? = nil, sinceUnixSeconds: Int
    ) {
        self.incarnation = incarnation
        self.bootId = bootId
        self.generation = generation
        self.instance = instance
        self.probeAddress = probeAddress
        self.phase = phase
        self.reason = reason
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}

/// That a node left on purpose: `nodes/<id>/tombstone`.
package struct TombstoneValue: Codable, Sendable, Hashable {
    package var incarnation: Int
    package var reason: String
    package var sinceUnixSeconds: Int

    package init(incarnation: Int, reason: String, sinceUnixSeconds: Int) {
        self.incarnation = incarnation
        self.reason = reason
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}

/// What an operator asks of a node: `orders/<id>`. No order means that it takes work.
package struct OrderValue: Codable, Sendable, Hashable {
    package enum Action: String, Codable, Sendable { case drain, resume }

    package var action: Action
    /// Who asks, as the command knows the user.
    package var by: String
    package var reason: String?
    package var sinceUnixSeconds: Int

    package init(action: Action, by: String, reason: String? = nil, sinceUnixSeconds: Int) {
        self.action = action
        self.by = by
        self.reason = reason
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}

/// What the prober found about a node whose `live` key went: `verdicts/<id>`. It counts only for
/// the incarnation that it names, and only while the node has no `live` key.
package struct VerdictValue: Codable, Sendable, Hashable {
    package enum Judgement: String, Codable, Sendable { case suspect, lost }

    package var judgement: Judgement
    package var incarnation: Int
    /// What the last probe met.
    package var evidence: String
    /// The node that probed.
    package var by: String
    package var sinceUnixSeconds: Int

    package init(
        judgement: Judgement, incarnation: Int, evidence: String, by: String,
        sinceUnixSeconds: Int
    ) {
        self.judgement = judgement
        self.incarnation = incarnation
        self.evidence = evidence
        self.by = by
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}

/// That too many nodes vanished together to believe it: `freeze`.
package struct FreezeValue: Codable, Sendable, Hashable {
    /// The nodes without a `live` key.
    package var vanished: [String]
    /// How many nodes there were, these included.
    package var nodeCount: Int
    package var by: String
    package var sinceUnixSeconds: Int

    package init(vanished: [String], nodeCount: Int, by: String, sinceUnixSeconds: Int) {
        self.vanished = vanished
        self.nodeCount = nodeCount
        self.by = by
        self.sinceUnixSeconds = sinceUnixSeconds
    }
}

/// Who probes: `prober`, under that node's lease.
package struct ProberValue: Codable, Sendable, Hashable {
    package var nodeId: String
    package var incarnation: Int

    package init(nodeId: String, incarnation: Int) {
        self.nodeId = nodeId
        self.incarnation = incarnation
    }
}
