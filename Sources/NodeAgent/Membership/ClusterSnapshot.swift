/// A cluster as a reader has it so far: put every value of the cluster's prefix in, then every event
/// of the watch. A value type without clock and thread.
package struct ClusterSnapshot: Sendable {
    package let keys: ClusterKeys
    package private(set) var facts: [String: NodeFacts] = [:]
    package private(set) var freeze: FreezeValue?
    package private(set) var prober: ProberValue?

    package init(keys: ClusterKeys) {
        self.keys = keys
    }

    /// A key was written. Keys that are not of this cluster, or of no kind that is known, change
    /// nothing.
    package mutating func put(_ key: String, _ value: [UInt8]) {
        switch keys.subject(of: key) {
        case .freeze: freeze = Self.read(FreezeValue.self, value)
        case .prober: prober = Self.read(ProberValue.self, value)
        case .node(let id, let fact): facts[id, default: NodeFacts()].put(fact, value)
        case nil: break
        }
    }

    /// A key went.
    package mutating func delete(_ key: String) {
        switch keys.subject(of: key) {
        case .freeze: freeze = nil
        case .prober: prober = nil
        case .node(let id, let fact):
            facts[id]?.delete(fact)
            if let left = facts[id], left == NodeFacts() { facts[id] = nil }
        case nil: break
        }
    }

    /// Every node that wrote something about itself, by id.
    package var nodes: [NodeView] {
        facts.filter { !$0.value.isEmpty }
            .map { NodeView(nodeId: $0.key, facts: $0.value, freeze: freeze) }
            .sorted { $0.nodeId < $1.nodeId }
    }

    package var capacity: ClusterCapacity { ClusterCapacity(nodes) }

    private static func read<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) -> Value? {
        try? CanonicalJSON.decode(type, from: bytes)
    }
}

extension NodeFacts {
    package mutating func put(_ fact: ClusterKeys.NodeFact, _ bytes: [UInt8]) {
        delete(fact)
        do throws(AgentError) {
            switch fact {
            case .incarnation:
                incarnation = try CanonicalJSON.decode(IncarnationValue.self, from: bytes)
            case .record: record = try Self.record(bytes)
            case .live: live = try CanonicalJSON.decode(LiveValue.self, from: bytes)
            case .tombstone:
                tombstone = try CanonicalJSON.decode(TombstoneValue.self, from: bytes)
            case .order: order = try CanonicalJSON.decode(OrderValue.self, from: bytes)
            case .verdict: verdict = try CanonicalJSON.decode(VerdictValue.self, from: bytes)
            }
        } catch {
            unreadable[fact] = error.message
        }
    }

    package mutating func delete(_ fact: ClusterKeys.NodeFact) {
        unreadable[fact] = nil
        switch fact {
        case .incarnation: incarnation = nil
        case .record: record = nil
        case .live: live = nil
        case .tombstone: tombstone = nil
        case .order: order = nil
        case .verdict: verdict = nil
        }
    }

    private static func record(_ bytes: [UInt8]) throws(AgentError) -> NodeRecord {
        guard bytes.count <= NodeRecord.byteLimit else {
            throw AgentError(
                .invalidValue, "has \(bytes.count) bytes, more than \(NodeRecord.byteLimit)")
        }
        let record = try CanonicalJSON.decode(NodeRecord.self, from: bytes)
        guard record.schemaVersion == NodeRecord.currentSchemaVersion else {
            throw AgentError(
                .invalidValue,
                "has schema version \(record.schemaVersion), and this reader knows"
                    + " \(NodeRecord.currentSchemaVersion)", remedy: "upgrade this reader")
        }
        return record
    }
}
