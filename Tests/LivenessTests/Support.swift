import Platform
import Testing

/// Runs `work` on a thread while `body` runs here; joins it before returning.
func withThread(
    named name: String, _ work: @escaping @Sendable () -> Void, while body: () throws -> Void
) throws {
    let thread = try Thread(name: name, body: work)
    try body()
    thread.join()
}

/// What takes real time and processors: one after the other, for they measure.
@Suite(.serialized) enum LoopbackTests {}
