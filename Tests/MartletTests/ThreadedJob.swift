import Martlet
import Platform
import Synchronization
import TestSupport
import Testing

/// A job whose ranks are threads of this process: each joins for itself, over loopback.
enum ThreadedJob {
    /// Runs `body` on every rank and returns what each threw or returned.
    static func run<Result: Sendable>(
        rankCount: Int, adjusting options: JoinOptions = JoinOptions(),
        adjustingEach: (Int, inout JoinOptions) -> Void = { _, _ in },
        _ body: @escaping @Sendable (Communicator) throws -> Result
    ) throws -> [Swift.Result<Result, any Error>] {
        let path = "/tmp/martlet-test-\(Host.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: rankCount))
        var threads: [JoinableThread] = []
        for rank in 0..<rankCount {
            var options = options
            options.rank = rank
            options.rankCount = rankCount
            options.meeting = "file:\(path)"
            options.timeoutSeconds = options.timeoutSeconds ?? 30
            adjustingEach(rank, &options)
            let mine = options
            threads.append(
                try JoinableThread("rank \(rank)") {
                    let result = Swift.Result {
                        let world = try Communicator.join(mine)
                        defer { world.leave() }
                        return try body(world)
                    }
                    results.withLock { $0[rank] = result }
                })
        }
        for thread in threads { thread.join() }
        return try results.withLock { try $0.map { try #require($0) } }
    }

    /// The same, where every rank must succeed.
    static func values<Result: Sendable>(
        rankCount: Int, adjusting options: JoinOptions = JoinOptions(),
        _ body: @escaping @Sendable (Communicator) throws -> Result
    ) throws -> [Result] {
        try run(rankCount: rankCount, adjusting: options, body).map { try $0.get() }
    }
}
