internal import FoundationEssentials
internal import GRDB
internal import GRPCCore
internal import Logging
internal import Synchronization

/// etcd's model over one database: a revisioned key space with leases, compare-and-swap and a
/// history to watch.
///
/// Everything may be called from any task. Writes return once they are on disk; reads see every
/// write that has returned.
final class KeyValueStore: Sendable {
    let clusterID: UInt64
    let memberID: UInt64
    /// How often the database has been opened to be served.
    let term: UInt64
    let published: Published
    let lessor: Lessor
    let committer: Committer
    let pool: DatabasePool
    let logger: Logger
    let complaints = Complaints()

    /// Takes over an open database; fails where its facts are missing.
    init(pool: DatabasePool, logger: Logger) throws {
        self.pool = pool
        self.logger = logger
        let opening = try pool.read { try Opening($0) }
        Self.write(term: opening.term, pool, logger)
        clusterID = UInt64(bitPattern: opening.clusterID)
        memberID = UInt64(bitPattern: opening.memberID)
        term = UInt64(bitPattern: opening.term)
        published = Published(position: opening.position)
        lessor = Lessor(leases: opening.leases, clockMilliseconds: opening.clockMilliseconds)
        committer = Committer(pool: pool, published: published)
    }

    /// What the database says when it is opened.
    private struct Opening {
        let clusterID: Int64
        let memberID: Int64
        let term: Int64
        let clockMilliseconds: Int64
        let position: Published.Position
        let leases: [Lessor.Lease]

        init(_ db: Database) throws {
            term = try Schema.read(.term, db) + 1
            clusterID = try Schema.read(.clusterID, db)
            memberID = try Schema.read(.memberID, db)
            clockMilliseconds = try Schema.read(.clockMilliseconds, db)
            position = Published.Position(
                revision: try Schema.read(.revision, db),
                compactedRevision: try Schema.read(.compactedRevision, db))
            leases = try Draft.leases(db)
        }
    }

    /// A store whose disk is full serves what it has.
    private static func write(term: Int64, _ pool: DatabasePool, _ logger: Logger) {
        do {
            try pool.write { try Schema.write(.term, term, $0) }
        } catch {
            logger.warning(
                "the store opens, but cannot write: \(error)",
                metadata: ["event": "store.read-only"])
        }
    }

    /// The last revision on disk.
    var revision: Int64 { published.position.revision }

    func header(_ revision: Int64? = nil) -> Etcdserverpb_ResponseHeader {
        var header = Etcdserverpb_ResponseHeader()
        header.clusterID = clusterID
        header.memberID = memberID
        header.raftTerm = term
        header.revision = revision ?? self.revision
        return header
    }

    /// Reads the database as it is after the last commit.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (Snapshot) throws -> Result
    ) async throws(RPCError) -> Result {
        do {
            return try await pool.read { db in try body(try Snapshot(db)) }
        } catch {
            throw RPCError(storage: error)
        }
    }

    /// Runs the body in one of the next commits, as a transaction of its own, and returns once that is
    /// on disk.
    func write<Result: Sendable>(
        byteCount: Int = 0, onCommit: @escaping @Sendable (Result) -> Void = { _ in },
        _ body: @escaping @Sendable (Draft) throws -> Result
    ) async throws(RPCError) -> (result: Result, revision: Int64) {
        do {
            return try await committer.submit(
                byteCount: byteCount, onCommit: { onCommit($0.0) }
            ) { draft in
                let result = try body(draft)
                return (result, draft.endTransaction())
            }
        } catch {
            throw RPCError(storage: error)
        }
    }

    /// How large the database is on disk, without its log.
    func byteCount() async throws(RPCError) -> Int64 {
        try await read { snapshot in
            let pages = try Int64.fetchOne(snapshot.db, sql: "PRAGMA page_count") ?? 0
            return pages * (try Int64.fetchOne(snapshot.db, sql: "PRAGMA page_size") ?? 0)
        }
    }
}

extension KeyValueStore {
    /// Refuses writes from now on, and waits for those under way.
    func close() async {
        await committer.close()
    }
}
