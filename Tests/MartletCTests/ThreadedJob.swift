import CMartlet
import MartletC
import Platform
import Synchronization
import TestSupport
import Testing

/// A job whose ranks are threads of this process, each of which speaks only C.
enum ThreadedJob {
    /// What a rank has in its hands.
    struct Seat {
        let world: OpaquePointer
        let rank: Int
        let rankCount: Int
    }

    /// Runs `body` on every rank, each of which destroys its world at the end.
    static func run(
        rankCount: Int, operationTimeoutSeconds: Double = 60,
        _ body: @escaping @Sendable (Seat) throws -> Void
    ) throws {
        let path = "file:/tmp/martlet-c-\(Host.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        let failures = Mutex<[any Error]>([])
        let threads = try (0..<rankCount).map { rank in
            try JoinableThread("rank \(rank)") {
                do {
                    let world = try join(path, rank, rankCount, operationTimeoutSeconds)
                    defer { #expect(martlet_communicator_destroy(world) == ok) }
                    try body(Seat(world: world, rank: rank, rankCount: rankCount))
                } catch {
                    failures.withLock { $0.append(error) }
                }
            }
        }
        for thread in threads { thread.join() }
        if let first = failures.withLock({ $0.first }) { throw first }
    }

    private static func join(
        _ meeting: String, _ rank: Int, _ rankCount: Int, _ operationTimeoutSeconds: Double
    ) throws -> OpaquePointer {
        var configuration = martlet_configuration()
        try expectOK(
            martlet_configuration_init(
                &configuration, MemoryLayout<martlet_configuration>.size))
        configuration.rank = Int32(rank)
        configuration.rank_count = Int32(rankCount)
        configuration.operation_timeout_seconds = operationTimeoutSeconds
        var world: OpaquePointer?
        let status = meeting.withCString { meeting in
            configuration.meeting = meeting
            return martlet_communicator_join(&configuration, &world)
        }
        try expectOK(status)
        return try #require(world)
    }
}

/// Everything went well.
let ok = martlet_status(MARTLET_OK)
let invalidArgument = martlet_status(MARTLET_INVALID_ARGUMENT)

/// Throws what the library says where a call failed.
func expectOK(_ status: martlet_status, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try #require(status == ok, "\(lastError().text)", sourceLocation: sourceLocation)
}

/// What the library remembers of this thread's last failure.
func lastError() -> (error: martlet_error, text: String) {
    var error = martlet_error()
    error.struct_byte_count = MemoryLayout<martlet_error>.size
    #expect(martlet_last_error(&error) == ok)
    return (error, String(cString: error.message))
}

/// A call that must be refused, with a message in which the given words stand.
func expectInvalid(
    _ status: martlet_status, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(status, MARTLET_INVALID_ARGUMENT, words, sourceLocation: sourceLocation)
}

func expect(
    _ status: martlet_status, _ expected: Int, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(status == martlet_status(expected), sourceLocation: sourceLocation)
    let (error, text) = lastError()
    #expect(error.status == status, sourceLocation: sourceLocation)
    #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
}
