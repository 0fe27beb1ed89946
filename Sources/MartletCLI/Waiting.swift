import Platform

/// Runs asynchronous work from a command, whose `run` is not: commands that start processes need a
/// main thread that is theirs alone. Blocks until the work has ended.
func waiting<Result: Sendable>(
    for work: @escaping @Sendable () async throws -> Result
) throws -> Result {
    let outcome = Monitor<Swift.Result<Result, any Error>?>(nil)
    Task.detached {
        do {
            let result = try await work()
            outcome.update { $0 = .success(result) }
        } catch {
            outcome.update { $0 = .failure(error) }
        }
    }
    while true {
        if let outcome = outcome.wait(until: Deadline(secondsFromNow: 3600), { $0 }) {
            return try outcome.get()
        }
    }
}
