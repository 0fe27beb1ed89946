/// Where a cluster's facts stand in the control plane's key space. docs/agent.md has the table.
package struct ClusterKeys: Sendable, Hashable {
    package let cluster: String
    /// `/martlet/v1/<cluster>/`: everything of the cluster begins with it.
    package let prefix: String

    package init(cluster: String) {
        self.cluster = cluster
        prefix = "/martlet/v1/\(cluster)/"
    }

    package var nodes: String { prefix + "nodes/" }
    /// All that a node writes about itself; a certificate that names the node may write there.
    package func node(_ id: String) -> String { "\(nodes)\(id)/" }
    package func incarnation(_ id: String) -> String { node(id) + "incarnation" }
    package func record(_ id: String) -> String { node(id) + "record" }
    package func live(_ id: String) -> String { node(id) + "live" }
    package func tombstone(_ id: String) -> String { node(id) + "tombstone" }
    package var orders: String { prefix + "orders/" }
    package func order(_ id: String) -> String { orders + id }
    package var verdicts: String { prefix + "verdicts/" }
    package func verdict(_ id: String) -> String { verdicts + id }
    package var freeze: String { prefix + "freeze" }
    /// Held, under its lease, by the node that probes the others.
    package var prober: String { prefix + "prober" }

    /// What a key is about; nil for keys of others and of later versions.
    package func subject(of key: String) -> Subject? {
        guard key.hasPrefix(prefix) else { return nil }
        let parts = key.dropFirst(prefix.count)
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (parts.count, parts[0]) {
        case (1, "freeze"): return .freeze
        case (1, "prober"): return .prober
        case (2, "orders"): return .node(parts[1], .order)
        case (2, "verdicts"): return .node(parts[1], .verdict)
        case (3, "nodes"): return NodeFact(rawValue: parts[2]).map { .node(parts[1], $0) }
        default: return nil
        }
    }

    /// What a key is about.
    package enum Subject: Sendable, Hashable {
        case node(String, NodeFact)
        case freeze, prober
    }

    /// What is written about a node.
    package enum NodeFact: String, Sendable, CaseIterable {
        /// Who owns the node's id; outlives its lease.
        case incarnation
        /// What the node has.
        case record
        /// Under the node's lease.
        case live
        /// Written by a node that left on purpose.
        case tombstone
        /// What an operator asks of it.
        case order
        /// What the prober found about a node without a `live` key.
        case verdict
    }
}
