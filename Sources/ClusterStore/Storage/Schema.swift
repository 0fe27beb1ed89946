internal import GRDB

/// The database's tables, and what tells it from others.
enum Schema {
    /// "MRTL", at byte 68 of the file.
    static let applicationID: UInt32 = 0x4D52_544C
    static let version: Int64 = 1

    /// `history` has every change that has not been compacted away, in their order; a version of 0 is
    /// a deletion. `live` says which of them is each key's last, and has the facts that need no value.
    static let tables = """
        CREATE TABLE facts (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE history (
            position INTEGER PRIMARY KEY NOT NULL,
            key BLOB NOT NULL,
            created INTEGER NOT NULL,
            version INTEGER NOT NULL,
            lease INTEGER NOT NULL,
            value BLOB
        );
        CREATE INDEX history_by_key ON history (key, position);
        CREATE TABLE live (
            key BLOB PRIMARY KEY NOT NULL,
            position INTEGER NOT NULL,
            created INTEGER NOT NULL,
            version INTEGER NOT NULL,
            lease INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX live_by_lease ON live (lease, key) WHERE lease <> 0;
        CREATE TABLE leases (
            id INTEGER PRIMARY KEY NOT NULL,
            granted_seconds INTEGER NOT NULL,
            deadline_milliseconds INTEGER NOT NULL,
            owner TEXT NOT NULL
        );
        """

    /// Numbers that the database keeps.
    enum Fact: String, CaseIterable {
        case clusterID = "cluster_id"
        case memberID = "member_id"
        /// Of the last transaction that changed something.
        case revision
        /// Reads and watches of revisions before it are refused.
        case compactedRevision = "compacted_revision"
        /// Up to where the rows of compacted revisions have been removed.
        case sweptRevision = "swept_revision"
        /// How often the database has been opened to be served.
        case term
        /// Of the clock that runs while the database is served, and leases end by.
        case clockMilliseconds = "clock_milliseconds"
    }

    static func read(_ fact: Fact, _ db: Database) throws -> Int64 {
        let statement = try db.cachedStatement(sql: "SELECT value FROM facts WHERE name = ?")
        guard let value = try Int64.fetchOne(statement, arguments: [fact.rawValue]) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "the fact \(fact.rawValue) is missing")
        }
        return value
    }

    static func write(_ fact: Fact, _ value: Int64, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)")
        try statement.execute(arguments: [fact.rawValue, value])
    }
}
