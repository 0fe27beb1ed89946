internal import FoundationEssentials
internal import GRPCCore
internal import Platform

/// The writing side of a watch stream: it alone knows the stream's watchers.
struct WatchFeed {
    /// Watches that one stream may have.
    private static let watcherLimit = 4096
    /// The number of a watch that could not be made, and of answers to no watch in particular.
    private static let noID: Int64 = -1

    private let store: KeyValueStore
    private let inbox: WatchInbox
    private let response: RPCWriter<Etcdserverpb_WatchResponse>
    /// In the order of their making.
    private var watchers: [Watcher] = []
    private var nextID: Int64 = 0
    private var isProgressWanted = false

    init(
        store: KeyValueStore, inbox: WatchInbox, response: RPCWriter<Etcdserverpb_WatchResponse>
    ) {
        self.store = store
        self.inbox = inbox
        self.response = response
    }

    /// Returns when the client has ended its requests, and throws when it is gone.
    mutating func run(progressInterval: Duration) async throws {
        var news = inbox.news.makeAsyncIterator()
        var noticeDeadline = Deadline(progressInterval)
        while true {
            let (requests, isEnded) = inbox.take()
            for request in requests { try await handle(request) }
            let revision = store.revision
            let isBehind = try await serveOnce(through: revision)
            if !isBehind, isProgressWanted {
                isProgressWanted = false
                try await send(revision: revision) { $0.watchID = Self.noID }
            }
            if noticeDeadline.hasPassed {
                try await noticeProgress()
                noticeDeadline = Deadline(progressInterval)
            }
            if isBehind { continue }
            if isEnded { return }
            guard await news.next() != nil else { throw RPCError.stopped }
        }
    }

    // MARK: Requests

    private mutating func handle(_ request: Etcdserverpb_WatchRequest) async throws {
        switch request.requestUnion {
        case .createRequest(let creation)?: try await create(creation)
        case .cancelRequest(let cancellation)?:
            guard let index = watchers.firstIndex(where: { $0.id == cancellation.watchID }) else {
                return
            }
            watchers.remove(at: index)
            try await send(revision: store.revision) { answer in
                answer.watchID = cancellation.watchID
                answer.canceled = true
            }
        case .progressRequest?: isProgressWanted = true
        case nil: break
        }
    }

    private mutating func create(_ request: Etcdserverpb_WatchCreateRequest) async throws {
        let revision = store.revision
        let (id, refusal) = place(for: request)
        if refusal == nil { watchers.append(Watcher(id: id, request, revision: revision)) }
        try await send(revision: revision) { answer in
            answer.watchID = id
            answer.created = true
            answer.canceled = refusal != nil
            answer.cancelReason = refusal ?? ""
        }
    }

    /// The number of a new watch, or why there can be none.
    private mutating func place(
        for request: Etcdserverpb_WatchCreateRequest
    ) -> (id: Int64, refusal: String?) {
        if request.span.isEmpty { return (Self.noID, "mvcc: watcher range is empty") }
        if watchers.count >= Self.watcherLimit {
            return (Self.noID, "martlet: a stream has at most \(Self.watcherLimit) watches")
        }
        if request.watchID != 0 {
            let isTaken = watchers.contains { $0.id == request.watchID }
            return isTaken
                ? (Self.noID, "mvcc: duplicate watch ID provided on the WatchStream")
                : (request.watchID, nil)
        }
        while watchers.contains(where: { $0.id == nextID }) { nextID += 1 }
        defer { nextID += 1 }
        return (nextID, nil)
    }

    // MARK: Events

    /// Sends each watcher that is behind its next batch; says whether one is still behind.
    private mutating func serveOnce(through revision: Int64) async throws -> Bool {
        var isBehind = false
        var gone: Set<Int64> = []
        for index in watchers.indices where watchers[index].nextRevision <= revision {
            let watcher = watchers[index]
            guard let batch = try await nextBatch(for: watcher, through: revision) else {
                gone.insert(watcher.id)
                try await sendCompacted(watcher.id)
                continue
            }
            try await send(batch, to: watcher)
            if !batch.events.isEmpty { watchers[index].wasServed = true }
            watchers[index].nextRevision = batch.through + 1
            isBehind = isBehind || batch.through < revision
        }
        watchers.removeAll { gone.contains($0.id) }
        return isBehind
    }

    /// Nil where the history no longer has the events that come next.
    private func nextBatch(for watcher: Watcher, through revision: Int64) async throws
        -> EventBatch?
    {
        do {
            return try await store.events(
                in: watcher.span, from: watcher.nextRevision, through: revision)
        } catch {
            guard error == .compacted else { throw error }
            return nil
        }
    }

    private func send(_ batch: EventBatch, to watcher: Watcher) async throws(RPCError) {
        var events = batch.events.filter(watcher.wants)
        guard !events.isEmpty else { return }
        if watcher.hasPrevious {
            events = try await store.read { [events] in try $0.addPrevious(to: events) }
        }
        let parts = watcher.isFragmented ? events.fragments : [events]
        for (index, part) in parts.enumerated() {
            try await send(revision: batch.through) { answer in
                answer.watchID = watcher.id
                answer.events = part
                answer.fragment = index < parts.count - 1
            }
        }
    }

    private func sendCompacted(_ id: Int64) async throws(RPCError) {
        let position = store.published.position
        try await send(revision: position.revision) { answer in
            answer.watchID = id
            answer.canceled = true
            answer.compactRevision = position.compactedRevision
        }
    }

    /// Tells watchers that asked for it, and had nothing else to hear, how far the store is.
    private mutating func noticeProgress() async throws {
        for index in watchers.indices {
            defer { watchers[index].wasServed = false }
            guard watchers[index].notifiesProgress, !watchers[index].wasServed else { continue }
            try await send(revision: watchers[index].nextRevision - 1) { [watchers] in
                $0.watchID = watchers[index].id
            }
        }
    }

    private func send(
        revision: Int64, _ fill: (inout Etcdserverpb_WatchResponse) -> Void
    ) async throws(RPCError) {
        var answer = Etcdserverpb_WatchResponse()
        answer.header = store.header(revision)
        fill(&answer)
        do {
            try await response.write(answer)
        } catch {
            throw RPCError(code: .cancelled, message: "the watch's client is gone: \(error)")
        }
    }
}

extension Deadline {
    fileprivate init(_ interval: Duration) {
        self.init(secondsFromNow: Double(interval.components.seconds))
    }
}

extension [Mvccpb_Event] {
    /// In parts that fit into a message of the usual size; one event is never split.
    fileprivate var fragments: [[Mvccpb_Event]] {
        var parts: [[Mvccpb_Event]] = [[]]
        var byteCount = 0
        for event in self {
            let more = event.byteCount + (event.hasPrevKv ? event.prevKv.value.count : 0)
            if byteCount + more > RequestLimit.byteCount, byteCount > 0 {
                parts.append([])
                byteCount = 0
            }
            parts[parts.count - 1].append(event)
            byteCount += more
        }
        return parts
    }
}
