// Work, or none: what the own host says, and what stands in the control plane.

extension Registration {
    mutating func drain(_ by: String, _ reason: String?) {
        localDrain = LocalDrain(by: by, reason: reason)
        resumption = nil
    }

    /// Ends a drain by whichever way it was ordered.
    mutating func resume(_ by: String) {
        localDrain = nil
        resumedBy = by
        // Where the control plane is away, what is ordered meanwhile came later; but of a control
        // plane that was never read, everything counts as before.
        let isReadable = backoff.failureCount == 0 || highestRevision == 0
        resumption = Resumption(
            by: by, revision: highestRevision, readsAfterSerial: isReadable ? lastSerial : nil)
    }

    /// A read was answered at a revision, or failed.
    mutating func noteRead(serial: UInt64, revision: Int64?) {
        guard let last = resumption?.readsAfterSerial, serial > last else { return }
        guard let revision = revision ?? resumption.map(\.revision), revision > 0 else { return }
        resumption?.revision = revision
        resumption?.readsAfterSerial = nil
    }

    /// Puts an order to resume in the place of the drain that stood when the own host resumed; true
    /// when that is under way.
    mutating func liftOrder(_ known: OwnKeys, claimRevision: Int64) -> Bool {
        guard let resumption else { return false }
        guard let held = known.values[.order], known.order?.action == .drain,
            held.modRevision <= resumption.revision
        else {
            self.resumption = nil
            return false
        }
        let value = OrderValue(
            action: .resume, by: "\(resumption.by) on \(settings.hostname)",
            sinceUnixSeconds: now.unixSeconds)
        let key = keys.order(settings.nodeId)
        var commit = Commit()
        commit.guards = [
            .isUnchanged(keys.incarnation(settings.nodeId), since: claimRevision),
            .isUnchanged(key, since: held.modRevision),
        ]
        commit.puts = [.init(key, encoded(value))]
        send(.commit(commit))
        return true
    }

    func liftsOrder(_ request: Request) -> Bool {
        guard case .commit(let commit) = request else { return false }
        return commit.puts.map(\.key) == [keys.order(settings.nodeId)]
    }

    /// A control plane of somebody else's may give nodes fewer rights.
    mutating func orderKept(_ failure: StoreFailure) {
        succeeded()
        resumption = nil
        keptOrderRevision = known?.values[.order]?.modRevision
        log(
            .orderKept, "this node may not take the order to drain back: \(failure.message)",
            ["remedy": "run 'martlet nodes resume' with an operator's certificate"])
    }

    /// Why the node shall take no work; nil when it shall.
    func drainReason(_ known: OwnKeys) -> String? {
        if let departure { return departure.reason }
        if let order = known.order, order.action == .drain {
            let isKept = known.values[.order]?.modRevision == keptOrderRevision
            return NodeFacts.text(order)
                + (isKept ? "; only an operator's certificate may take that back" : "")
        }
        guard let localDrain else { return nil }
        return "drained by \(localDrain.by)" + (localDrain.reason.map { ": \($0)" } ?? "")
    }
}
