/// All nodes of a cluster at one moment: `GET /v1/nodes`, and `martlet nodes --json`. docs/local-api.md
/// describes it.
package struct ClusterListing: Codable, Sendable, Hashable {
    package var schemaVersion = 1
    package var cluster: String
    /// The control plane's revision that it is of.
    package var revision: Int64
    /// Present when too many nodes vanished together, and nothing is believed.
    package var freeze: FreezeValue?
    /// The node that probes the others.
    package var prober: String?
    package var capacity: ClusterCapacity
    /// By id.
    package var nodes: [NodeView]

    package init(_ snapshot: ClusterSnapshot, revision: Int64) {
        cluster = snapshot.keys.cluster
        self.revision = revision
        freeze = snapshot.freeze
        prober = snapshot.prober?.nodeId
        nodes = snapshot.nodes
        capacity = ClusterCapacity(nodes)
    }
}
