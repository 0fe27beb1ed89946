internal import ClusterStore

// What the state machines ask, in the words of the store.

extension StoreClient {
    /// Reads everything that is written about a node.
    func ownKeys(_ id: String, _ keys: ClusterKeys) async throws(StoreFailure) -> OwnKeys {
        let transaction = Transaction().then(
            .range(.prefix(Key(keys.node(id)))), .range(.key(Key(keys.order(id)))))
        let result = try await failing { client throws(StoreError) in
            try await client.transaction(transaction)
        }
        var own = OwnKeys(values: [:], revision: result.revision.rawValue)
        for entry in result.responses.flatMap({ $0.keyValues ?? [] }) {
            guard case .node(id, let fact)? = keys.subject(of: entry.key.text) else { continue }
            own.values[fact] = HeldValue(entry)
        }
        return own
    }

    /// Reads a range as a whole, at one revision.
    func entries(
        _ range: KeyRange
    ) async throws(StoreFailure) -> (entries: [String: HeldValue], revision: Int64) {
        let result = try await failing { client throws(StoreError) in
            try await client.rangeInPages(range, pageCount: 256)
        }
        let pairs = result.keyValues.map { ($0.key.text, HeldValue($0)) }
        return (Dictionary(pairs) { $1 }, result.revision.rawValue)
    }

    /// Does all of it, or nothing where a guard does not hold: then nil.
    func carryOut(_ commit: Commit) async throws(StoreFailure) -> Int64? {
        let result = try await failing { client throws(StoreError) in
            try await client.transaction(Transaction(commit))
        }
        return result.succeeded ? result.revision.rawValue : nil
    }

    func failing<Result: Sendable>(
        _ call: (StoreClient) async throws(StoreError) -> Result
    ) async throws(StoreFailure) -> Result {
        do {
            return try await call(self)
        } catch {
            throw StoreFailure(
                "\(error)", isLeaseMissing: error.code == .leaseNotFound,
                isDenied: error.code == .permissionDenied)
        }
    }
}

extension HeldValue {
    init(_ entry: KeyValue) {
        self.init(
            bytes: entry.value, modRevision: entry.modRevision.rawValue,
            lease: entry.lease?.rawValue)
    }
}

extension StoreEvent {
    /// What stands there now; nil after a deletion.
    var held: HeldValue? { kind == .put ? HeldValue(keyValue) : nil }
}

extension Transaction {
    init(_ commit: Commit) {
        self.init()
        comparisons = commit.guards.map { condition in
            switch condition {
            case .isMissing(let key): .isMissing(Key(key))
            case .isUnchanged(let key, let revision):
                .modRevision(of: Key(key), .equal, Revision(revision))
            }
        }
        success =
            commit.puts.map { .put(Key($0.key), $0.value, lease: $0.lease.map { LeaseID($0) }) }
            + commit.deletes.map { .delete(.key(Key($0))) }
    }
}
