import Synchronization
import Testing

/// Runs the tests that start stores three at a time: each of them is a process or more, and a machine
/// of two cores that runs fifty of those keeps no deadline.
struct TakingTurns: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        // A suite as a whole takes no turn: its tests would wait for themselves.
        guard testCase != nil else { return try await body() }
        await Turns.shared.begin()
        defer { Turns.shared.end() }
        try await body()
    }
}

extension Trait where Self == TakingTurns {
    static var takingTurns: Self { Self() }
}

private final class Turns: Sendable {
    static let shared = Turns(count: 3)

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(free: count))
    }

    func begin() async {
        await withCheckedContinuation { continuation in
            let isNext = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isNext { continuation.resume() }
        }
    }

    /// Who has waited longest is next.
    func end() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
