internal import GRDB
internal import GRPCCore
internal import Synchronization

/// Writes what many ask for at once, one commit to disk after the other.
///
/// While one commit waits for the disk, the requests that come meanwhile gather for the next, so a
/// thousand writers cost a few synchronised writes and not a thousand.
final class Committer: Sendable {
    /// What happens to a request once its commit is on disk.
    typealias Answer = @Sendable () -> Void

    private struct Job: Sendable {
        let byteCount: Int
        let run: @Sendable (Draft) throws -> Answer
        let refuse: @Sendable (RPCError) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var byteCount = 0
        var isWriting = false
        var isClosed = false
    }

    /// Requests and bytes that wait; beyond, a request is refused.
    private static let waitingLimit = 20_000
    private static let waitingByteLimit = 128 << 20
    /// Requests and bytes of one commit.
    private static let batchLimit = 512
    private static let batchByteLimit = 8 << 20

    private let pool: DatabasePool
    private let state = Mutex(State())
    private let published: Published

    init(pool: DatabasePool, published: Published) {
        self.pool = pool
        self.published = published
    }

    /// Runs the body in one of the next commits and returns once that is on disk. `onCommit` runs
    /// before, on the writing queue, as soon as it is.
    ///
    /// Throws what the body throws, whose changes are undone then, or why there could be no commit.
    func submit<Result: Sendable>(
        byteCount: Int = 0, onCommit: @escaping @Sendable (Result) -> Void = { _ in },
        _ body: @escaping @Sendable (Draft) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let job = Job(byteCount: byteCount) { draft in
                do {
                    let result = try body(draft)
                    return {
                        onCommit(result)
                        continuation.resume(returning: result)
                    }
                } catch let error as RPCError where !draft.hasOpenChanges {
                    return { continuation.resume(throwing: error) }
                }
            } refuse: { error in
                continuation.resume(throwing: error)
            }
            enqueue(job)
        }
    }

    /// Refuses what comes from now on, and waits for what is under way.
    func close() async {
        state.withLock { $0.isClosed = true }
        try? await pool.writeWithoutTransaction { _ in }
    }

    private func enqueue(_ job: Job) {
        enum Outcome { case refused(RPCError), waits, starts }
        let outcome: Outcome = state.withLock { state in
            if state.isClosed { return .refused(.stopped) }
            guard state.jobs.count < Self.waitingLimit,
                state.byteCount + job.byteCount <= Self.waitingByteLimit
            else { return .refused(.tooManyRequests) }
            state.jobs.append(job)
            state.byteCount += job.byteCount
            if state.isWriting { return .waits }
            state.isWriting = true
            return .starts
        }
        switch outcome {
        case .refused(let error): job.refuse(error)
        case .waits: break
        case .starts: pool.asyncWriteWithoutTransaction { self.write($0) }
        }
    }

    private func write(_ db: Database) {
        while let batch = nextBatch() { commit(batch, db) }
    }

    private func nextBatch() -> [Job]? {
        state.withLock { state in
            guard !state.jobs.isEmpty else {
                state.isWriting = false
                return nil
            }
            var count = 0
            var byteCount = 0
            while count < min(state.jobs.count, Self.batchLimit),
                count == 0 || byteCount + state.jobs[count].byteCount <= Self.batchByteLimit
            {
                byteCount += state.jobs[count].byteCount
                count += 1
            }
            let batch = Array(state.jobs.prefix(count))
            state.jobs.removeFirst(count)
            state.byteCount -= byteCount
            return batch
        }
    }

    private func commit(_ jobs: [Job], _ db: Database) {
        do {
            for answer in try attempt(jobs, db) { answer() }
        } catch {
            // One that is too large for what room is left must not keep the others out.
            if jobs.count > 1 {
                for job in jobs { commit([job], db) }
            } else {
                let refusal = RPCError(storage: error)
                for job in jobs { job.refuse(refusal) }
            }
        }
    }

    private func attempt(_ jobs: [Job], _ db: Database) throws -> [Answer] {
        let position = published.position
        let draft = Draft(
            db: db, revision: position.revision, compactedRevision: position.compactedRevision)
        var answers: [Answer] = []
        try db.inTransaction(.immediate) {
            answers = try jobs.map { try $0.run(draft) }
            try draft.seal()
            return .commit
        }
        published.publish(draft)
        return answers
    }
}

extension RPCError {
    /// What a failure of the database means to whoever asked.
    init(storage error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case let error as DatabaseError:
            switch (error.resultCode, error.extendedResultCode) {
            case (.SQLITE_FULL, _), (_, .SQLITE_IOERR_SHMSIZE), (_, .SQLITE_IOERR_WRITE):
                self = .noSpace
            case (.SQLITE_CORRUPT, _), (.SQLITE_NOTADB, _): self = .corrupt
            default:
                self.init(
                    code: .internalError, message: "martlet: the store's database: \(error)")
            }
        default:
            self.init(code: .internalError, message: "martlet: the store's database: \(error)")
        }
    }
}
