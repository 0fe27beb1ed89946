internal import Dispatch
internal import GRDB
internal import Platform

extension StoreFile {
    /// Refuses a file that is not a sound database of this store. Reads it only: nothing that is
    /// refused is changed.
    static func examine(_ paths: Paths) throws(StoreError) {
        try examineHeader(paths.database)
        try requireLog(paths)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.qos = .default
        configuration.busyMode = .timeout(5)
        try translating("read \(paths.database)") {
            let queue = try DatabaseQueue(path: paths.database, configuration: configuration)
            let findings = try queue.read(findings)
            try queue.close()
            guard let first = findings.first else { return }
            throw StoreError(
                .corrupt, "\(paths.database) is damaged: \(first)", remedy: damageRemedy)
        }
    }

    /// Before SQLite sees the file: it would take an empty one for a new database, and write into
    /// what bears another program's mark.
    private static func examineHeader(_ path: String) throws(StoreError) {
        let header: [UInt8]
        do {
            header = try FileDescriptor.contents(of: path, limit: 100)
        } catch {
            throw StoreError(.system, "cannot read \(path): \(error)")
        }
        guard !header.isEmpty else {
            throw StoreError(.corrupt, "\(path) is empty", remedy: damageRemedy)
        }
        guard header.count >= 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw foreign("\(path) is no database of SQLite's")
        }
        let application = number(header, at: 68)
        guard application == Schema.applicationID else {
            throw foreign(
                "\(path) is a database of another program "
                    + "(application id 0x\(String(application, radix: 16)))")
        }
        let version = number(header, at: 60)
        guard version == Schema.version else {
            throw foreign(
                "\(path) has format \(version); this Martlet knows format \(Schema.version)")
        }
    }

    private static func foreign(_ message: String) -> StoreError {
        StoreError(
            .foreignDatabase, message,
            remedy: "it stays as it is; give the store another state directory")
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// After a crash the log holds what is nowhere else.
    private static func requireLog(_ paths: Paths) throws(StoreError) {
        let wasOpen = (try? FilePath(paths.openMarker).kind()) != nil
        guard wasOpen, (try? FilePath(paths.log).kind()) == nil else { return }
        throw StoreError(
            .corrupt,
            "\(paths.database) was not closed, and its log \(paths.log) is missing: "
                + "what was acknowledged last is lost",
            remedy: "bring the log back; or remove \(paths.openMarker) to go on without it")
    }

    /// What is wrong, in words; nothing where all is well.
    private static func findings(_ db: Database) throws -> [String] {
        let verdicts = try String.fetchAll(db, sql: "PRAGMA quick_check(5)")
        if verdicts != ["ok"] { return verdicts }
        for fact in Schema.Fact.allCases { _ = try Schema.read(fact, db) }
        let revision = try Schema.read(.revision, db)
        let last = try Int64.fetchOne(db, sql: "SELECT MAX(position) FROM history") ?? 0
        if Position(rawValue: last).revision > revision {
            return ["the history goes to \(Position(rawValue: last).revision), beyond \(revision)"]
        }
        let orphans = try Int64.fetchOne(
            db,
            sql: """
                SELECT COUNT(*) FROM live LEFT JOIN history ON history.position = live.position
                WHERE history.key IS NOT live.key OR history.version IS NOT live.version
                """)
        return orphans == 0 ? [] : ["\(orphans ?? 0) keys have no place in the history"]
    }
}
