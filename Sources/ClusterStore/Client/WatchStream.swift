internal import GRPCCore
internal import Platform
internal import Synchronization

/// One stream of a watch: asks, reads, hands over, and notices silence.
struct WatchStream: Sendable {
    let client: StoreClient
    let connection: Connection
    let range: KeyRange
    let options: WatchOptions
    let queue: WatchQueue
    let attempt = Attempt()
    let pulse = WatchPulse()

    init(
        client: StoreClient, connection: Connection, range: KeyRange, options: WatchOptions,
        queue: WatchQueue
    ) {
        self.client = client
        self.connection = connection
        self.range = range
        self.options = options
        self.queue = queue
    }

    /// Runs until the stream ends or falls silent.
    ///
    /// - Returns: how it ended, how far the reader has been told, and whether the store began to
    ///   watch.
    func run(from cursor: WatchCursor) async -> (WatchRun.End, WatchCursor, wasCreated: Bool) {
        let place = CursorPlace(cursor)
        let (pings, ping) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let executor = client.threads.executor
        let end = await Attempt.$current.withValue(attempt) {
            await withTaskGroup(of: WatchRun.End.self) { group in
                group.addTask(executorPreference: executor) { await read(place, pings) }
                group.addTask(executorPreference: executor) { await listenForSilence(ping) }
                let first = await group.next()
                group.cancelAll()
                return first ?? .abandoned
            }
        }
        return (end, place.cursor, pulse.isCreated)
    }

    private func read(_ place: CursorPlace, _ pings: AsyncStream<Void>) async -> WatchRun.End {
        place.change { $0.begin() }
        let request = creation(from: place.cursor.next)
        do {
            return try await connection.watches.watch { writer in
                try await writer.write(request)
                for await _ in pings {
                    var ask = Etcdserverpb_WatchRequest()
                    ask.progressRequest = .init()
                    try await writer.write(ask)
                }
            } onResponse: { response in
                for try await answer in response.messages {
                    pulse.listens(false)
                    if let end = try await handle(answer, place) { return end }
                    pulse.listens(true)
                }
                throw RPCError(code: .unavailable, message: "the store ended the watch")
            }
        } catch {
            return .lost(AttemptFailure(error, attempt, connection.endpoint))
        }
    }

    private func creation(from next: Revision?) -> Etcdserverpb_WatchRequest {
        var create = Etcdserverpb_WatchCreateRequest()
        create.key = range.start.data
        create.rangeEnd = range.end.data
        create.startRevision = next?.rawValue ?? 0
        create.progressNotify = true
        create.fragment = true
        create.prevKv = options.returnsPrevious
        if options.ignoresPuts { create.filters.append(.noput) }
        if options.ignoresDeletions { create.filters.append(.nodelete) }
        var request = Etcdserverpb_WatchRequest()
        request.createRequest = create
        return request
    }

    /// Asks for a sign of life after a time of silence, and gives up when none comes.
    ///
    /// The answer's time begins with the question, however late that was asked.
    private func listenForSilence(_ ping: AsyncStream<Void>.Continuation) async -> WatchRun.End {
        let quiet = client.configuration.watchQuietSeconds
        let patience =
            client.configuration.attemptTimeoutSeconds
            + client.configuration.connectTimeoutSeconds
        while !Task.isCancelled {
            let isCreated = pulse.isCreated
            let silent = pulse.silentSeconds
            let limit = isCreated ? quiet : patience
            guard silent >= limit else {
                // Its creation may shorten what is waited for.
                await client.threads.sleep(seconds: max(min(limit - silent, quiet), 0.01))
                continue
            }
            guard isCreated, await answers(ping, within: quiet / 2) else { break }
        }
        return .lost(.silent(attempt, connection.endpoint, seconds: pulse.silentSeconds))
    }

    /// Asks, and says whether something was heard since, or nobody listened.
    private func answers(
        _ ping: AsyncStream<Void>.Continuation, within seconds: Double
    ) async -> Bool {
        let asked = Clock.nowNanoseconds()
        ping.yield(())
        // In two parts: a process that stood still meanwhile hears what has come before it judges.
        for _ in 0..<2 {
            await client.threads.sleep(seconds: seconds / 2)
            if pulse.wasHeard(sinceNanoseconds: asked) { return true }
        }
        return false
    }
}

/// The cursor, moved by the task that reads and looked at by the one that waits for its end.
final class CursorPlace: Sendable {
    private let place: Mutex<WatchCursor>

    init(_ cursor: WatchCursor) {
        place = Mutex(cursor)
    }

    var cursor: WatchCursor { place.withLock { $0 } }

    @discardableResult
    func change<Answer: Sendable>(_ body: (inout sending WatchCursor) -> sending Answer) -> Answer {
        place.withLock(body)
    }
}
