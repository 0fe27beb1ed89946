/// The number of a lease. Keys put with it vanish when it ends.
package struct LeaseID: Hashable, Sendable, RawRepresentable {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }
}

extension LeaseID: CustomStringConvertible {
    /// As `etcdctl` writes it.
    package var description: String { String(UInt64(bitPattern: rawValue), radix: 16) }
}

/// What the store says of a lease.
package struct LeaseInfo: Sendable, Hashable {
    package var id: LeaseID
    /// What is left of it.
    package var remainingSeconds: Int64
    /// What it was granted for, and what each renewal gives it.
    package var grantedSeconds: Int64
    /// The keys that vanish with it; empty unless asked for.
    package var keys: [Key]

    package init(
        id: LeaseID, remainingSeconds: Int64, grantedSeconds: Int64, keys: [Key] = []
    ) {
        self.id = id
        self.remainingSeconds = remainingSeconds
        self.grantedSeconds = grantedSeconds
        self.keys = keys
    }
}
