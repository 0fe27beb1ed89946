internal import Dispatch
internal import GRDB
internal import Glibc
internal import Platform
internal import Synchronization

/// The files of one store, held by this process alone.
///
/// - `store.db`, with SQLite's `store.db-wal` and `store.db-shm`
/// - `store.lock`, locked while a process serves the store
/// - `store.open`, there from when the database is opened until it is closed properly: then
///   `store.db-wal` must be there too, for it may hold what is nowhere else
struct StoreFile: ~Copyable, Sendable {
    let pool: DatabasePool
    private let lock: Mutex<FileLock?>
    private let paths: Paths

    struct Paths: Sendable {
        let directory: String

        var database: String { "\(directory)/store.db" }
        var log: String { "\(directory)/store.db-wal" }
        var lock: String { "\(directory)/store.lock" }
        var openMarker: String { "\(directory)/store.open" }
        /// A database in the making.
        var draft: String { "\(directory)/store.db.new" }
    }

    /// Opens the store of a directory, and makes one where there is none. What is there and is not a
    /// sound store is refused and left as it is.
    ///
    /// - Parameter byteLimit: how large the database may become.
    init(directory: String, byteLimit: Int64) throws(StoreError) {
        let paths = Paths(directory: directory)
        let lock = try Self.takeLock(paths)
        try Self.makeIfMissing(paths)
        try Self.examine(paths)
        let pool = try Self.open(paths, byteLimit: byteLimit)
        try Self.translating("open \(paths.database)") {
            try FileDescriptor.replaceContents(
                of: paths.openMarker, with: [], mode: 0o600)
            try FileDescriptor.synchronize(paths.directory)
        }
        self.paths = paths
        self.lock = Mutex(lock)
        self.pool = pool
    }

    /// Closes the database, after bringing into it what only the log has, and lets others open it.
    func close() {
        // Where the disk is full the log stays, and is read when the database is opened again.
        try? pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        FileDescriptor.remove(paths.openMarker)
        try? pool.close()
        lock.withLock { $0 = nil }
    }

    private static func takeLock(_ paths: Paths) throws(StoreError) -> FileLock {
        do {
            if (try? FilePath(paths.directory).kind()) == nil {
                try FilePath(paths.directory).makeDirectory(mode: 0o700)
            }
            return try FileLock(path: paths.lock)
        } catch  where error.isWouldBlock {
            throw StoreError(
                .inUse, "another process serves the store in \(paths.directory)",
                remedy: "stop it, or give this one a state directory of its own")
        } catch {
            throw StoreError(.system, "cannot open the store in \(paths.directory): \(error)")
        }
    }

    /// A new database gets its name only once it is complete.
    private static func makeIfMissing(_ paths: Paths) throws(StoreError) {
        guard (try? FilePath(paths.database).kind()) == nil else { return }
        guard (try? FilePath(paths.log).kind()) == nil else {
            throw StoreError(
                .corrupt, "\(paths.database) is missing, but its log \(paths.log) is there",
                remedy: "bring the database back, or move the log away to begin anew")
        }
        try translating("make \(paths.database)") {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                FileDescriptor.remove(paths.draft + suffix)
            }
            // SQLite gives its other files the same mode.
            _ = try FileDescriptor.open(
                paths.draft, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            let queue = try DatabaseQueue(path: paths.draft)
            try queue.write(fill)
            try queue.close()
            try FileDescriptor.synchronize(paths.draft)
            try FileDescriptor.rename(paths.draft, to: paths.database)
            try FileDescriptor.synchronize(paths.directory)
        }
    }

    private static func fill(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(Schema.version)")
        try db.execute(sql: Schema.tables)
        for fact in Schema.Fact.allCases { try Schema.write(fact, 0, db) }
        try Schema.write(.clusterID, .random(in: 1 ... .max), db)
        try Schema.write(.memberID, .random(in: 1 ... .max), db)
        // As etcd's history begins; so its first change is revision 2.
        try Schema.write(.revision, 1, db)
    }

    private static func open(_ paths: Paths, byteLimit: Int64) throws(StoreError) -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "martlet.store"
        // GRDB's own choice asks for a negative nice value, which libdispatch complains of in the
        // system's log where the process has no right to it.
        configuration.qos = .default
        return try translating("open \(paths.database)") {
            let pool = try DatabasePool(path: paths.database, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // What was acknowledged must be on the disk: each commit synchronises the log. This
                // comes behind the pool's own setting, which is weaker.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                let pageByteCount = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
                try db.execute(sql: "PRAGMA max_page_count = \(byteLimit / pageByteCount)")
            }
            return pool
        }
    }

    /// Gives what SQLite and the system say the store's words.
    static func translating<Result>(
        _ what: String, _ body: () throws -> Result
    ) throws(StoreError) -> Result {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError where error.isDamage {
            throw StoreError(.corrupt, "cannot \(what): \(error)", remedy: damageRemedy)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw StoreError(.noSpace, "cannot \(what): \(error)", remedy: "free some space")
        } catch {
            throw StoreError(.system, "cannot \(what): \(error)")
        }
    }

    static let damageRemedy = "restore it from a copy, or move it away to begin anew"
}

extension DatabaseError {
    var isDamage: Bool { [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(resultCode) }
}
