extension NodeView {
    /// The node that these values describe. A pure function: no clock, and nothing remembered.
    package init(nodeId: String, facts: NodeFacts, freeze: FreezeValue?) {
        let (state, reason, since) = facts.judgement(freeze: freeze)
        self.init(
            nodeId: nodeId, state: state, reason: reason, sinceUnixSeconds: since,
            incarnation: [
                facts.live?.incarnation, facts.incarnation?.incarnation,
                facts.record?.identity.incarnation,
            ].compactMap(\.self).max(),
            record: facts.record, order: facts.order, problems: facts.problems)
    }
}

/// What stands in the control plane about one node; nil where nothing does.
package struct NodeFacts: Sendable, Hashable {
    package var incarnation: IncarnationValue?
    package var record: NodeRecord?
    package var live: LiveValue?
    package var tombstone: TombstoneValue?
    package var order: OrderValue?
    package var verdict: VerdictValue?
    /// Values that cannot be read, by the name of their key.
    package var unreadable: [ClusterKeys.NodeFact: String] = [:]

    package init() {}

    /// Whether nothing is left of the node that it wrote itself.
    package var isEmpty: Bool {
        incarnation == nil && record == nil && live == nil && tombstone == nil
            && unreadable.keys.allSatisfy { $0 == .order || $0 == .verdict }
    }

    package var problems: [String] {
        unreadable.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.rawValue) \($0.value)" }
    }
}

extension NodeFacts {
    fileprivate typealias Judgement = (NodeState, reason: String, since: Int?)

    fileprivate func judgement(freeze: FreezeValue?) -> Judgement {
        if let live { return judgement(of: live) }
        if let text = unreadable[.live] { return (.unknown, "its live key \(text)", nil) }
        if let tombstone, tombstone.incarnation >= incarnation?.incarnation ?? 0 {
            return (.left, tombstone.reason, tombstone.sinceUnixSeconds)
        }
        if let verdict, verdict.judgement == .lost, counts(verdict) {
            return (.lost, "\(verdict.evidence), says \(verdict.by)", verdict.sinceUnixSeconds)
        }
        if let freeze {
            return (
                .unknown,
                "\(freeze.vanished.count) of \(freeze.nodeCount) nodes vanished together:"
                    + " nothing is believed of them", freeze.sinceUnixSeconds
            )
        }
        if let verdict, counts(verdict) {
            return (.suspect, "\(verdict.evidence), says \(verdict.by)", verdict.sinceUnixSeconds)
        }
        return (.suspect, "its lease ended, and nobody has probed it yet", nil)
    }

    /// A verdict about an incarnation before this one says nothing.
    private func counts(_ verdict: VerdictValue) -> Bool {
        verdict.incarnation >= incarnation?.incarnation ?? 0
    }

    private func judgement(of live: LiveValue) -> Judgement {
        guard let record else {
            let why = unreadable[.record].map { "its record \($0)" } ?? "it has no record yet"
            return (.unknown, why, live.sinceUnixSeconds)
        }
        switch live.phase {
        case .draining:
            return (.draining, live.reason ?? "it is draining", live.sinceUnixSeconds)
        case .drained: return (.drained, live.reason ?? "it is drained", live.sinceUnixSeconds)
        case .ready: break
        }
        // The order is there, and the node has not taken notice yet: nothing new goes there.
        if let order, order.action == .drain {
            return (.draining, Self.text(order), order.sinceUnixSeconds)
        }
        let count = record.conditions.count
        let reason = count == 0 ? "lease held" : "lease held, \(Quantity.count(count, "condition"))"
        return (.ready, reason, live.sinceUnixSeconds)
    }

    /// Who ordered a drain, and why.
    package static func text(_ order: OrderValue) -> String {
        "drained by \(order.by)" + (order.reason.map { ": \($0)" } ?? "")
    }
}
