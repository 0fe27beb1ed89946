@testable import NodeAgent

/// A control plane in virtual time: keys with revisions, leases, guarded changes, and all of its
/// history for watchers.
struct VirtualStore {
    struct Change {
        var key: String
        var value: HeldValue?
        var revision: Int64
    }

    private(set) var entries: [String: HeldValue] = [:]
    private(set) var history: [Change] = []
    private(set) var revision: Int64 = 1
    private var leases: [Int64: (seconds: Int, expires: UInt64)] = [:]
    private var lastLease: Int64 = 0

    /// Deletes what is under leases that have ended.
    mutating func expire(at now: UInt64) {
        for (id, lease) in leases where lease.expires <= now { revoke(id) }
    }

    mutating func grant(_ seconds: Int, at now: UInt64) -> Int64 {
        lastLease += 1
        leases[lastLease] = (seconds, now + UInt64(seconds) * 1_000_000_000)
        return lastLease
    }

    mutating func renew(_ id: Int64, at now: UInt64) -> Int? {
        guard let lease = leases[id] else { return nil }
        leases[id] = (lease.seconds, now + UInt64(lease.seconds) * 1_000_000_000)
        return lease.seconds
    }

    mutating func revoke(_ id: Int64) {
        leases[id] = nil
        let keys = entries.filter { $0.value.lease == id }.keys.sorted()
        guard !keys.isEmpty else { return }
        revision += 1
        for key in keys { delete(key) }
    }

    /// The revision of the change; nil where a guard does not hold.
    mutating func carryOut(_ commit: Commit) -> Swift.Result<Int64?, StoreFailure> {
        for put in commit.puts {
            if let lease = put.lease, leases[lease] == nil {
                return .failure(StoreFailure("no such lease", isLeaseMissing: true))
            }
        }
        for condition in commit.guards {
            switch condition {
            case .isMissing(let key): if entries[key] != nil { return .success(nil) }
            case .isUnchanged(let key, let since):
                if entries[key]?.modRevision ?? 0 != since { return .success(nil) }
            }
        }
        revision += 1
        for put in commit.puts {
            let value = HeldValue(bytes: put.value, modRevision: revision, lease: put.lease)
            entries[put.key] = value
            history.append(Change(key: put.key, value: value, revision: revision))
        }
        for key in commit.deletes where entries[key] != nil { delete(key) }
        return .success(revision)
    }

    /// What somebody else writes or deletes.
    mutating func meddle(_ key: String, _ bytes: [UInt8]?) {
        revision += 1
        guard let bytes else { return entries[key] == nil ? () : delete(key) }
        let value = HeldValue(bytes: bytes, modRevision: revision)
        entries[key] = value
        history.append(Change(key: key, value: value, revision: revision))
    }

    private mutating func delete(_ key: String) {
        entries[key] = nil
        history.append(Change(key: key, value: nil, revision: revision))
    }
}
