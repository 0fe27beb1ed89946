internal import FoundationEssentials
internal import GRDB
internal import GRPCCore

/// The changes of one commit to disk, which may be those of many requests.
///
/// Lives on the database's writing queue, and only for that commit. A request checks everything
/// before its first change, so what fails later is the database itself, and takes all with it.
final class Draft {
    let db: Database
    /// After the transactions that are complete so far.
    private(set) var revision: Int64
    private(set) var compactedRevision: Int64
    /// In the order of their positions.
    private(set) var events: [Mvccpb_Event] = []
    private let firstRevision: Int64
    /// Changes of the transaction under way.
    private var place: Int64 = 0

    init(db: Database, revision: Int64, compactedRevision: Int64) {
        self.db = db
        self.revision = revision
        self.compactedRevision = compactedRevision
        firstRevision = revision
    }

    /// What the transaction under way sees, its own changes included.
    var snapshot: Snapshot {
        Snapshot(
            db: db, revision: place > 0 ? revision + 1 : revision,
            compactedRevision: compactedRevision)
    }

    /// Whether the transaction under way has changed something.
    var hasOpenChanges: Bool { place > 0 }

    /// Ends a transaction: what it changed, if anything, is one revision.
    @discardableResult
    func endTransaction() -> Int64 {
        if place > 0 { revision += 1 }
        place = 0
        return revision
    }

    /// What the commit must say of itself besides its changes.
    func seal() throws {
        assert(place == 0, "a transaction was left open")
        if revision != firstRevision { try Schema.write(.revision, revision, db) }
    }

    func compact(to revision: Int64) throws {
        try Schema.write(.compactedRevision, revision, db)
        compactedRevision = revision
    }

    /// Writes a key; a lease of 0 is none.
    func put(_ key: Data, _ value: Data, lease: Int64) throws {
        let before = try facts(of: key)
        var keyValue = Mvccpb_KeyValue()
        keyValue.key = key
        keyValue.value = value
        keyValue.lease = lease
        keyValue.version = (before?.version ?? 0) + 1
        keyValue.modRevision = revision + 1
        keyValue.createRevision = before?.created ?? keyValue.modRevision
        let position = nextPosition()
        try record(keyValue, at: position)
        let statement = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO live (key, position, created, version, lease)
                VALUES (?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            key, position.rawValue, keyValue.createRevision, keyValue.version, lease,
        ])
        append(.put, keyValue)
    }

    /// Deletes the keys of a span, and says which there were.
    @discardableResult
    func delete(_ span: KeySpan) throws -> [Data] {
        let keys = try snapshot.keyValues(in: span, withoutValues: true).map(\.key)
        guard Int64(keys.count) + place < Position.placeCount else {
            throw RPCError.requestTooLarge
        }
        for key in keys { try delete(key) }
        return keys
    }

    /// Deletes a key that there is.
    func delete(_ key: Data) throws {
        var keyValue = Mvccpb_KeyValue()
        keyValue.key = key
        keyValue.modRevision = revision + 1
        try record(keyValue, at: nextPosition())
        let statement = try db.cachedStatement(sql: "DELETE FROM live WHERE key = ?")
        try statement.execute(arguments: [key])
        append(.delete, keyValue)
    }

    private func facts(of key: Data) throws -> (created: Int64, version: Int64)? {
        let statement = try db.cachedStatement(
            sql: "SELECT created, version FROM live WHERE key = ?")
        return try Row.fetchOne(statement, arguments: [key]).map { ($0[0], $0[1]) }
    }

    private func nextPosition() -> Position {
        defer { place += 1 }
        return Position(revision: revision + 1, place: place)
    }

    private func record(_ keyValue: Mvccpb_KeyValue, at position: Position) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO history (position, key, created, version, lease, value)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            position.rawValue, keyValue.key, keyValue.createRevision, keyValue.version,
            keyValue.lease, keyValue.value,
        ])
    }

    private func append(_ type: Mvccpb_Event.EventType, _ keyValue: Mvccpb_KeyValue) {
        var event = Mvccpb_Event()
        event.type = type
        event.kv = keyValue
        events.append(event)
    }
}
