internal import Platform
internal import Synchronization

package import ClusterStore

/// What a watch told, gathered by a task of its own.
package final class WatchRecorder: Sendable {
    private struct State {
        var all: [WatchEvent] = []
        var error: StoreError?
        var hasEnded = false
    }
    private let state = Monitored(State())
    private let task: Task<Void, Never>

    package init(_ watch: WatchSequence) {
        let state = state
        task = Task {
            do throws(StoreError) {
                for try await event in watch { state.update { $0.all.append(event) } }
            } catch {
                state.update { $0.error = error }
            }
            state.update { $0.hasEnded = true }
        }
    }

    /// Starts a watch and waits until the store watches.
    package static func connected(_ watch: WatchSequence) async throws -> WatchRecorder {
        let recorder = WatchRecorder(watch)
        guard await eventually({ recorder.isConnected || recorder.hasEnded }) else {
            throw ToolFailure(message: "the store did not watch within 10 s")
        }
        return recorder
    }

    deinit {
        task.cancel()
    }

    package func cancel() {
        task.cancel()
    }

    package var all: [WatchEvent] { state.update { $0.all } }
    package var error: StoreError? { state.update { $0.error } }
    package var hasEnded: Bool { state.update { $0.hasEnded } }

    package var batches: [[StoreEvent]] {
        all.compactMap { if case .events(let events) = $0 { events } else { nil } }
    }

    package var events: [StoreEvent] { batches.flatMap { $0 } }

    package var isConnected: Bool {
        all.contains { if case .connected = $0 { true } else { false } }
    }

    package var disconnectionCount: Int {
        all.count { if case .disconnected = $0 { true } else { false } }
    }

    /// Waits until so many events came.
    package func events(_ count: Int, within seconds: Double = 10) async throws -> [StoreEvent] {
        guard await eventually(within: seconds, { events.count >= count || hasEnded }),
            events.count >= count
        else {
            throw ToolFailure(
                message: "\(events.count) of \(count) events came within \(seconds) s;"
                    + " error: \(error.map { "\($0)" } ?? "none")")
        }
        return events
    }
}

/// A value behind a lock.
package final class Monitored<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    package init(_ value: Value) {
        self.value = Mutex(value)
    }

    package func update<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { value in
            body(&value)
        }
    }
}
