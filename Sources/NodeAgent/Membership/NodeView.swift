/// A node as readers of the control plane see it.
package struct NodeView: Codable, Sendable, Hashable {
    package var nodeId: String
    package var state: NodeState
    /// Why it is in that state.
    package var reason: String
    /// Seconds since 1970, by the clock of whoever wrote the state; absent where nobody did.
    package var sinceUnixSeconds: Int?
    /// Of the newest value that could be read.
    package var incarnation: Int?
    /// Absent when there is none, or when it cannot be read: `problems` says why.
    package var record: NodeRecord?
    /// The order of an operator that stands.
    package var order: OrderValue?
    /// Values that cannot be read.
    package var problems: [String]

    /// The slots that may be given to new work: those of a ready node.
    package var freeSlots: Int {
        guard state == .ready, let slots = record?.slots else { return 0 }
        return max(0, slots.total - slots.reserved)
    }
}

/// What may be believed of a node.
package enum NodeState: String, Codable, Sendable, CaseIterable {
    /// It is there and takes work.
    case ready
    /// Its lease ended. It may be alive: its slots are neither free nor gone.
    case suspect
    /// Its lease ended, the grace passed, and a direct probe failed. What ran there is not known to
    /// have ended, so its slots stay as they are.
    case lost
    /// It is there, takes no new work, and still has some.
    case draining
    /// It is there, takes no work and has none.
    case drained
    /// It went on purpose.
    case left
    /// Nothing is believed: the cluster is frozen, or its values cannot be read.
    case unknown
}

/// How much a cluster has. No state moves slots: what a node registered counts until it leaves.
package struct ClusterCapacity: Codable, Sendable, Hashable {
    package var nodeCount = 0
    package var slotCount = 0
    package var reservedSlotCount = 0
    /// Of ready nodes, and not reserved.
    package var freeSlotCount = 0
    /// Of nodes that are suspect, lost or unknown.
    package var unreachableSlotCount = 0

    package init(_ nodes: [NodeView]) {
        for node in nodes where node.state != .left {
            nodeCount += 1
            guard let slots = node.record?.slots else { continue }
            slotCount += slots.total
            reservedSlotCount += slots.reserved
            freeSlotCount += node.freeSlots
            if [.suspect, .lost, .unknown].contains(node.state) {
                unreachableSlotCount += slots.total
            }
        }
    }
}
