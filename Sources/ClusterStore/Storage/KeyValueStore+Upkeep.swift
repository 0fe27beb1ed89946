internal import GRPCCore
internal import Logging
internal import Platform
internal import Synchronization

extension KeyValueStore {
    /// What is done beside requests: ends leases, saves renewals, gives up old history. Returns when
    /// its task is cancelled.
    func runUpkeep(keptRevisionCount: Int64) async {
        var savedAt = Clock.nowNanoseconds()
        var compactedAt = savedAt
        await attempt("remove compacted history", sweep)
        while !Task.isCancelled {
            // Shorter than the longest step of the leases' clock.
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return }
            await endLeases(lessor.tick())
            let now = Clock.nowNanoseconds()
            if Self.isDue(savedAt, afterSeconds: lessor.hasChanges ? 0.5 : 5, now: now) {
                savedAt = now
                if !lessor.isEmpty { await attempt("save renewals", saveRenewals) }
            }
            if Self.isDue(compactedAt, afterSeconds: 30, now: now) {
                compactedAt = now
                await attempt("compact the history") { () async throws(RPCError) in
                    try await compact(keeping: keptRevisionCount)
                }
            }
        }
    }

    /// Leases that have ended go with their keys; one after the other where there are few, together
    /// in the same commits where there are many.
    private func endLeases(_ ids: [Int64]) async {
        guard !ids.isEmpty else { return }
        await withDiscardingTaskGroup { group in
            for id in ids {
                group.addTask {
                    await self.attempt("end a lease") { () async throws(RPCError) in
                        do throws(RPCError) {
                            _ = try await self.revokeLease(id, rights: .everything)
                        } catch  where error.code == .notFound {
                            self.lessor.remove(id)
                        }
                    }
                }
            }
        }
    }

    /// Gives up history when a quarter more is there than is to be kept.
    private func compact(keeping count: Int64) async throws(RPCError) {
        let position = published.position
        let target = position.revision - count
        guard target - position.compactedRevision > count / 4 else { return }
        _ = try await compact(to: target, isPhysical: true)
    }

    private func attempt(_ what: String, _ body: () async throws(RPCError) -> Void) async {
        do {
            try await body()
        } catch {
            // It is tried again soon, and requests tell their callers themselves.
            guard error.code != .unavailable, complaints.isDue(what, everySeconds: 30) else {
                return
            }
            logger.warning(
                "the store cannot \(what) now: \(error.message)",
                metadata: ["event": "store.upkeep-failed"])
        }
    }

    private static func isDue(_ last: UInt64, afterSeconds: Double, now: UInt64) -> Bool {
        now - last >= UInt64(afterSeconds * 1e9)
    }
}

/// Keeps what goes wrong again and again from filling a log.
final class Complaints: Sendable {
    private let moments = Mutex<[String: UInt64]>([:])

    /// Whether this was not said for so long.
    func isDue(_ what: String, everySeconds seconds: UInt64) -> Bool {
        moments.withLock { moments in
            let now = Clock.nowNanoseconds()
            if let last = moments[what], now - last < seconds * 1_000_000_000 { return false }
            moments[what] = now
            return true
        }
    }
}
