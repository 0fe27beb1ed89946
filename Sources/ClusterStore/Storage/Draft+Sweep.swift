internal import GRDB

extension Draft {
    /// Removes rows that no revision from the compacted one on can see, those that changes of the
    /// next `revisionLimit` revisions have replaced. Says whether there is more to remove.
    ///
    /// What a key held at the compacted revision stays, and so does a deletion at exactly that
    /// revision: a watch may begin there.
    func sweep(revisionLimit: Int64 = 1000) throws -> Bool {
        let start = try Schema.read(.sweptRevision, db)
        let end = min(compactedRevision, start + revisionLimit)
        guard start < end else { return false }
        let first = Position.start(of: start).rawValue
        let behind = Position.start(of: end + 1).rawValue
        let kept = Position.start(of: end).rawValue
        let replaced = try db.cachedStatement(
            sql: """
                DELETE FROM history WHERE position IN (
                    SELECT old.position FROM history AS new
                    JOIN history AS old ON old.key = new.key AND old.position < new.position
                    WHERE new.position >= ? AND new.position < ? AND old.position < ?)
                """)
        try replaced.execute(arguments: [first, behind, kept])
        let deletions = try db.cachedStatement(
            sql: "DELETE FROM history WHERE position >= ? AND position < ? AND version = 0")
        try deletions.execute(arguments: [first, kept])
        try Schema.write(.sweptRevision, end, db)
        return end < compactedRevision
    }
}
