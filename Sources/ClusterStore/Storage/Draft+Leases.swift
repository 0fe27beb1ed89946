internal import FoundationEssentials
internal import GRDB
internal import GRPCCore

extension Draft {
    /// Nil where there is no such lease.
    func leaseOwner(_ id: Int64) throws -> String? {
        let statement = try db.cachedStatement(sql: "SELECT owner FROM leases WHERE id = ?")
        return try String.fetchOne(statement, arguments: [id])
    }

    func grant(_ lease: Lessor.Lease) throws {
        guard try leaseOwner(lease.id) == nil else { throw RPCError.leaseExists }
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO leases (id, granted_seconds, deadline_milliseconds, owner)
                VALUES (?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            lease.id, lease.grantedSeconds, lease.deadlineMilliseconds, lease.owner,
        ])
    }

    /// Ends a lease and deletes its keys, in one revision.
    func revoke(_ id: Int64, rights: Rights) throws {
        guard let owner = try leaseOwner(id) else { throw RPCError.leaseNotFound }
        try rights.requireLease(id, of: owner)
        for key in try Self.keys(ofLease: id, db) { try delete(key) }
        let statement = try db.cachedStatement(sql: "DELETE FROM leases WHERE id = ?")
        try statement.execute(arguments: [id])
    }

    /// Brings deadlines that were moved in memory to the disk, and the clock they are of.
    func renew(_ leases: [Lessor.Lease], clockMilliseconds: Int64) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE leases SET deadline_milliseconds = ? WHERE id = ?")
        for lease in leases {
            try statement.execute(arguments: [lease.deadlineMilliseconds, lease.id])
        }
        try Schema.write(.clockMilliseconds, clockMilliseconds, db)
    }

    /// In their order.
    static func keys(ofLease id: Int64, _ db: Database) throws -> [Data] {
        let statement = try db.cachedStatement(
            sql: "SELECT key FROM live WHERE lease = ? AND lease <> 0 ORDER BY key")
        return try Data.fetchAll(statement, arguments: [id])
    }

    static func leases(_ db: Database) throws -> [Lessor.Lease] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, granted_seconds, owner, deadline_milliseconds FROM leases")
        return rows.map { row in
            Lessor.Lease(
                id: row[0], grantedSeconds: row[1], owner: row[2], deadlineMilliseconds: row[3])
        }
    }
}
