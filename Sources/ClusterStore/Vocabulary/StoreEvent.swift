/// One change of one key.
package struct StoreEvent: Hashable, Sendable {
    package enum Kind: Sendable, Hashable {
        case put, delete
    }

    package var kind: Kind
    /// The key as it was put. A deletion has but the key, and its revision as `modRevision`.
    package var keyValue: KeyValue
    /// What was there before, where the watch asked for it and it is not compacted.
    package var previous: KeyValue?

    package init(kind: Kind, keyValue: KeyValue, previous: KeyValue? = nil) {
        self.kind = kind
        self.keyValue = keyValue
        self.previous = previous
    }

    package var key: Key { keyValue.key }
    package var revision: Revision { keyValue.modRevision }
}

/// What a watch tells.
package enum WatchEvent: Sendable {
    /// Changes, in the order of their revisions: everything that a revision changed in the range
    /// comes in one batch, and no revision comes twice.
    case events([StoreEvent])
    /// Everything up to this revision has been told.
    case progress(Revision)
    /// What the watch would have to tell next is no longer in the store, whose history now begins
    /// behind `at`. Changes are lost: read the range again. The watch goes on with what changes
    /// after `resumesBehind`; a range read after this at a later revision misses nothing.
    case compacted(at: Revision, resumesBehind: Revision)
    /// Another store answers than before, or one whose history went back, as after a restore from
    /// a backup. Nothing known before holds: read the range again. The watch goes on with what
    /// changes after `resumesBehind`.
    case replaced(resumesBehind: Revision)
    /// The watch has no connection, and why. It comes back by itself, without losing or repeating
    /// anything; this is for those who tell how fresh their knowledge is.
    case disconnected(StoreError)
    /// The watch stands, the first time or again.
    case connected
}
