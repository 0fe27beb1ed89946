internal import FoundationEssentials
internal import GRDB
internal import GRPCCore

/// Events on their way to a watcher: all of the revisions up to one, none of a later one.
struct EventBatch: Sendable {
    /// A batch ends behind the revision that brings it to so many bytes.
    private static let byteLimit = 1 << 20

    private(set) var events: [Mvccpb_Event] = []
    /// The batch has everything up to this revision, with it.
    private(set) var through: Int64
    private var byteCount = 0

    init(through: Int64) {
        self.through = through
    }

    /// Whether an event of the revision still belongs into the batch; where not, it ends before.
    mutating func takes(_ revision: Int64) -> Bool {
        guard byteCount >= Self.byteLimit, let last = events.last?.kv.modRevision, last < revision
        else { return true }
        through = min(through, revision - 1)
        return false
    }

    mutating func append(_ event: Mvccpb_Event) {
        events.append(event)
        byteCount += event.byteCount
    }
}

extension Snapshot {
    /// The events of a span of keys from a revision on, out of the history.
    func events(in span: KeySpan, from first: Int64, through last: Int64) throws -> EventBatch {
        let ending = span.end == nil ? "" : "AND key < ?"
        let statement = try db.cachedStatement(
            sql: """
                SELECT key, created, position, version, lease, value FROM history
                WHERE key >= ? \(ending) AND position >= ? AND position < ? ORDER BY position
                """)
        var batch = EventBatch(through: min(last, revision))
        let bounds: StatementArguments = [
            Position.start(of: first).rawValue, Position.start(of: last + 1).rawValue,
        ]
        let rows = try Row.fetchCursor(statement, arguments: span.arguments + bounds)
        while let row = try rows.next() {
            var event = Mvccpb_Event()
            event.kv = Mvccpb_KeyValue(row)
            guard batch.takes(event.kv.modRevision) else { break }
            event.type = event.kv.version == 0 ? .delete : .put
            batch.append(event)
        }
        return batch
    }

    /// Gives the events what their keys held before, where the history still knows.
    func addPrevious(to events: [Mvccpb_Event]) throws -> [Mvccpb_Event] {
        try events.map { event in
            var event = event
            guard event.kv.createRevision != event.kv.modRevision else { return event }
            let position = Position.start(of: event.kv.modRevision)
            if let previous = try previous(of: event.kv.key, before: position) {
                event.prevKv = previous
            }
            return event
        }
    }
}

extension KeyValueStore {
    /// The next events of a span of keys, from memory where it still has them.
    func events(
        in span: KeySpan, from first: Int64, through last: Int64
    ) async throws(RPCError) -> EventBatch {
        let position = published.position
        guard first >= position.compactedRevision else { throw .compacted }
        if let batch = published.events(in: span, from: first, through: last) { return batch }
        return try await read { snapshot in
            guard first >= snapshot.compactedRevision else { throw RPCError.compacted }
            return try snapshot.events(in: span, from: first, through: last)
        }
    }
}
