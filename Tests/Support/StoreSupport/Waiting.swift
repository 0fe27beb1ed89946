internal import Platform

/// Asks again and again until something holds.
///
/// - Returns: whether it came to hold within the time.
package func eventually(
    within seconds: Double = 10, _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = Deadline(secondsFromNow: seconds)
    while !deadline.hasPassed {
        if try await condition() { return true }
        // Nothing announces what is waited for; the interval only bounds how often one asks.
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try await condition()
}

/// Runs something that must end within a time.
///
/// - Throws: when it does not, after cancelling it.
package func withTimeLimit<Result: Sendable>(
    seconds: Double, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            throw ToolFailure(message: "it did not end within \(seconds) s")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
