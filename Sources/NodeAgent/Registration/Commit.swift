/// A change of the control plane that happens whole or not at all.
package struct Commit: Sendable, Hashable {
    /// What must be so for it to happen.
    package enum Guard: Sendable, Hashable {
        case isMissing(String)
        /// The key was last written at this revision.
        case isUnchanged(String, since: Int64)
    }

    package struct Put: Sendable, Hashable {
        package var key: String
        package var value: [UInt8]
        /// The lease that it vanishes with.
        package var lease: Int64?

        package init(_ key: String, _ value: [UInt8], lease: Int64? = nil) {
            self.key = key
            self.value = value
            self.lease = lease
        }
    }

    package var guards: [Guard] = []
    package var puts: [Put] = []
    package var deletes: [String] = []

    package init() {}

    package var isEmpty: Bool { puts.isEmpty && deletes.isEmpty }
}

/// A value of the control plane as it was read.
package struct HeldValue: Sendable, Hashable {
    package var bytes: [UInt8]
    package var modRevision: Int64
    package var lease: Int64?

    package init(bytes: [UInt8], modRevision: Int64, lease: Int64? = nil) {
        self.bytes = bytes
        self.modRevision = modRevision
        self.lease = lease
    }
}

/// Why the control plane did not do what it was asked.
package struct StoreFailure: Error, Sendable, Hashable {
    /// The lease that was named is no more.
    package var isLeaseMissing: Bool
    /// This node's certificate does not give the right.
    package var isDenied: Bool
    /// One line for people.
    package var message: String

    package init(_ message: String, isLeaseMissing: Bool = false, isDenied: Bool = false) {
        self.isDenied = isDenied
        self.message = message
        self.isLeaseMissing = isLeaseMissing
    }
}

/// A moment, by the clock that decides and by the one that people read.
package struct Moment: Sendable, Hashable {
    /// Of `Platform.Clock`, or virtual.
    package var nanoseconds: UInt64
    package var unixSeconds: Int

    package init(nanoseconds: UInt64, unixSeconds: Int) {
        self.nanoseconds = nanoseconds
        self.unixSeconds = unixSeconds
    }
}
