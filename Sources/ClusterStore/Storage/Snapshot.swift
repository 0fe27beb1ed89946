internal import FoundationEssentials
internal import GRDB
internal import GRPCCore

/// The store as one read transaction, or one transaction under way, sees it.
struct Snapshot {
    let db: Database
    /// The last revision that it sees.
    let revision: Int64
    let compactedRevision: Int64

    init(db: Database, revision: Int64, compactedRevision: Int64) {
        self.db = db
        self.revision = revision
        self.compactedRevision = compactedRevision
    }

    init(_ db: Database) throws {
        self.db = db
        revision = try Schema.read(.revision, db)
        compactedRevision = try Schema.read(.compactedRevision, db)
    }

    /// Throws unless the history still has, and has already, the revision; 0 is the latest.
    func requireRevision(_ wanted: Int64) throws {
        if wanted > revision { throw RPCError.futureRevision }
        if wanted > 0, wanted < compactedRevision { throw RPCError.compacted }
    }

    func keyValue(_ key: Data) throws -> Mvccpb_KeyValue? {
        try keyValues(in: KeySpan(key: key), limit: 1).first
    }

    /// In the order of their keys.
    func keyValues(
        in span: KeySpan, limit: Int64? = nil, withoutValues: Bool = false
    ) throws -> [Mvccpb_KeyValue] {
        let columns = "live.key, live.created, live.position, live.version, live.lease"
        let source =
            withoutValues
            ? "SELECT \(columns), NULL FROM live"
            : "SELECT \(columns), history.value FROM live "
                + "JOIN history ON history.position = live.position"
        let ending = span.end == nil ? "" : "AND live.key < ?"
        let statement = try db.cachedStatement(
            sql: "\(source) WHERE live.key >= ? \(ending) ORDER BY live.key LIMIT ?")
        return try Self.fetch(statement, span.arguments + [limit ?? -1])
    }

    /// As the keys and values were at a revision.
    func keyValues(
        in span: KeySpan, at revision: Int64, limit: Int64? = nil, withoutValues: Bool = false
    ) throws -> [Mvccpb_KeyValue] {
        let ending = span.end == nil ? "" : "AND h.key < ?"
        let statement = try db.cachedStatement(
            sql: """
                SELECT h.key, h.created, h.position, h.version, h.lease,
                    \(withoutValues ? "NULL" : "h.value")
                FROM history AS h WHERE h.key >= ? \(ending) AND h.version > 0 AND h.position = (
                    SELECT MAX(position) FROM history WHERE key = h.key AND position < ?)
                ORDER BY h.key LIMIT ?
                """)
        let bound = Position.start(of: revision + 1).rawValue
        return try Self.fetch(statement, span.arguments + [bound, limit ?? -1])
    }

    func count(in span: KeySpan) throws -> Int64 {
        let ending = span.end == nil ? "" : "AND key < ?"
        let statement = try db.cachedStatement(
            sql: "SELECT COUNT(*) FROM live WHERE key >= ? \(ending)")
        return try Int64.fetchOne(statement, arguments: span.arguments) ?? 0
    }

    /// What the key held before a change, if it was there and the history still knows.
    func previous(of key: Data, before position: Position) throws -> Mvccpb_KeyValue? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT key, created, position, version, lease, value FROM history
                WHERE key = ? AND position < ? ORDER BY position DESC LIMIT 1
                """)
        let found = try Self.fetch(statement, [key, position.rawValue])
        return found.first { $0.version > 0 }
    }

    static func fetch(
        _ statement: Statement, _ arguments: StatementArguments
    ) throws -> [Mvccpb_KeyValue] {
        var found: [Mvccpb_KeyValue] = []
        let rows = try Row.fetchCursor(statement, arguments: arguments)
        while let row = try rows.next() { found.append(Mvccpb_KeyValue(row)) }
        return found
    }
}

extension KeySpan {
    var arguments: StatementArguments {
        end.map { [first, $0] } ?? [first]
    }
}

extension Mvccpb_KeyValue {
    /// Of a row of key, created, position, version, lease, value.
    init(_ row: Row) {
        self.init()
        key = (row[0] as Data?) ?? Data()
        createRevision = row[1]
        modRevision = Position(rawValue: row[2]).revision
        version = row[3]
        lease = row[4]
        value = (row[5] as Data?) ?? Data()
    }
}
