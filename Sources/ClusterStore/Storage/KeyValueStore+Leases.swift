internal import FoundationEssentials
internal import GRPCCore

extension KeyValueStore {
    /// etcd's own, with its default election timeout.
    static let shortestLeaseSeconds: Int64 = 2
    static let longestLeaseSeconds: Int64 = 9_000_000_000

    /// An id of 0 asks for any.
    func grantLease(
        id: Int64, seconds: Int64, rights: Rights
    ) async throws(RPCError) -> (lease: Lessor.Lease, revision: Int64) {
        guard seconds <= Self.longestLeaseSeconds else { throw .leaseTooLong }
        let id = id != 0 ? id : Int64.random(in: 1 ... .max)
        let granted = max(seconds, Self.shortestLeaseSeconds)
        let (lease, revision) = try await write(onCommit: lessor.insert) { [lessor] draft in
            let lease = lessor.make(id: id, grantedSeconds: granted, owner: rights.name)
            try draft.grant(lease)
            return lease
        }
        return (lease, revision)
    }

    func revokeLease(_ id: Int64, rights: Rights) async throws(RPCError) -> Int64 {
        try await write(onCommit: { [lessor] in lessor.remove(id) }) { draft in
            try draft.revoke(id, rights: rights)
        }.revision
    }

    /// In their order.
    func keys(ofLease id: Int64) async throws(RPCError) -> [Data] {
        try await read { snapshot in try Draft.keys(ofLease: id, snapshot.db) }
    }

    /// Brings renewals, and the clock, to the disk.
    func saveRenewals() async throws(RPCError) {
        let (leases, clockMilliseconds) = lessor.takeChanges()
        do {
            _ = try await write { draft in
                try draft.renew(leases, clockMilliseconds: clockMilliseconds)
            }
        } catch {
            lessor.restoreChanges(leases)
            throw error
        }
    }
}
