/// How far a watch has told its reader: decided without a connection, so that tests can show it any
/// order of answers and lost connections.
///
/// Events pass when their revision is complete, and `next` moves behind it. A new stream begins at
/// `next`, so what was told is not told again, and what was not is not left out.
struct WatchCursor: Sendable {
    /// The revision of the first change not yet told; nil until the store said where "now" is.
    private(set) var next: Revision?
    /// The last revision known from the store itself, and whose it was.
    private(set) var known: (clusterID: UInt64, revision: Revision)?
    /// Events of a revision that is split between answers.
    private var held: [StoreEvent] = []

    init(from: Revision?, after header: ResponseHeader? = nil) {
        next = from
        if let header {
            next = from ?? header.revision.next
            known = (header.clusterID, header.revision)
        }
    }

    /// A new stream: parts of a revision that the last one brought come again, whole.
    mutating func begin() {
        held = []
    }

    /// The store answered that it watches. `header` says where its history stands.
    ///
    /// - Returns: whether that contradicts what is known: nil when it does not, else whether it is
    ///   certain. A member that lags behind the others may not know the latest revisions yet.
    mutating func created(_ header: ResponseHeader) -> Contradiction? {
        if let known {
            guard known.clusterID == header.clusterID else { return .otherStore }
            guard known.revision <= header.revision else { return .olderRevision }
        }
        known = (header.clusterID, header.revision)
        if next == nil { next = header.revision.next }
        return nil
    }

    enum Contradiction: Equatable {
        case otherStore, olderRevision
    }

    /// Takes the events of an answer and gives those whose revisions are complete.
    ///
    /// - Parameter isFragment: whether more answers belong to this one, so that the last revision
    ///   in it may go on in the next.
    mutating func take(_ events: [StoreEvent], isFragment: Bool) -> [StoreEvent] {
        held += events.filter { $0.revision >= next ?? .zero }
        guard let last = held.last else { return [] }
        var complete = held
        held = []
        if isFragment {
            held = complete.filter { $0.revision == last.revision }
            complete.removeLast(held.count)
        }
        if let told = complete.last { advance(behind: told.revision) }
        return complete
    }

    /// The store has told everything up to a revision.
    ///
    /// - Returns: whether that says anything new.
    mutating func progressed(to revision: Revision) -> Bool {
        guard held.isEmpty, let next, revision >= next else { return false }
        advance(behind: revision)
        return true
    }

    /// History up to a revision is lost, or another one's: go on behind it.
    mutating func restart(behind revision: Revision, clusterID: UInt64?) {
        held = []
        next = revision.next
        known = clusterID.map { ($0, revision) }
    }

    private mutating func advance(behind revision: Revision) {
        next = revision.next
        if let known, known.revision < revision {
            self.known = (known.clusterID, revision)
        }
    }
}
