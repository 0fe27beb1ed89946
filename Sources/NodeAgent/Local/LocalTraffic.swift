internal import Synchronization

/// How much the local API is used. From any thread.
package final class LocalTraffic: Sendable {
    package struct Snapshot: Sendable, Hashable {
        /// Answers, by their status.
        package var answers: [Int: Int] = [:]
        package var connectionCount = 0
        /// Connections that were ended because there were too many, or took too long.
        package var crowdedCount = 0
        package var overdueCount = 0
    }

    private let state = Mutex(Snapshot())

    package init() {}

    package var snapshot: Snapshot { state.withLock { $0 } }

    func update(_ change: (inout Snapshot) -> Void) {
        state.withLock { change(&$0) }
    }
}
