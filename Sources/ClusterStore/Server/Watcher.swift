internal import FoundationEssentials

/// One watch of a stream: which events it wants, and how far it is.
struct Watcher: Sendable {
    let id: Int64
    let span: KeySpan
    /// Events of earlier revisions have been sent.
    var nextRevision: Int64
    /// Whether something was sent since the last regular notice of progress.
    var wasServed = false
    let notifiesProgress: Bool
    let hasPrevious: Bool
    let isFragmented: Bool
    private let omitsPuts: Bool
    private let omitsDeletions: Bool

    init(id: Int64, _ request: Etcdserverpb_WatchCreateRequest, revision: Int64) {
        self.id = id
        span = request.span
        nextRevision = request.startRevision > 0 ? request.startRevision : revision + 1
        notifiesProgress = request.progressNotify
        hasPrevious = request.prevKv
        isFragmented = request.fragment
        omitsPuts = request.filters.contains(.noput)
        omitsDeletions = request.filters.contains(.nodelete)
    }

    func wants(_ event: Mvccpb_Event) -> Bool {
        event.type == .delete ? !omitsDeletions : !omitsPuts
    }
}

extension Etcdserverpb_WatchCreateRequest {
    /// No key at all means from the first on.
    var span: KeySpan {
        KeySpan(key: key.isEmpty ? Data([0]) : key, rangeEnd: rangeEnd)
    }
}
