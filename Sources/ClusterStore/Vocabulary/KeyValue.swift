/// A key with its value, and where both stand in the history of the store.
package struct KeyValue: Hashable, Sendable {
    package var key: Key
    package var value: [UInt8]
    /// When the key came into being, counted from its last deletion.
    package var createRevision: Revision
    /// When it was last put, or, in a deletion's event, deleted.
    package var modRevision: Revision
    /// How often it was put since it came into being; 0 in a deletion's event.
    package var version: Int64
    /// The lease it vanishes with, if any.
    package var lease: LeaseID?

    package init(
        key: Key, value: [UInt8], createRevision: Revision, modRevision: Revision, version: Int64,
        lease: LeaseID? = nil
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
    }

    /// The value as text; bytes that are no UTF-8 are replaced.
    package var text: String { String(decoding: value, as: UTF8.self) }
}
