internal import Platform
internal import Synchronization

/// The agent's status, which the agent changes and everybody reads; from any thread, never blocking
/// for longer than a copy.
package final class StatusHolder: Sendable {
    private let status: Mutex<AgentStatus>

    package init() {
        status = Mutex(
            AgentStatus(
                nowNanoseconds: Clock.nowNanoseconds(),
                nowUnixSeconds: WallClock.nowUnixSeconds()))
    }

    package var snapshot: AgentStatus { status.withLock { $0 } }

    package func update(_ change: (inout AgentStatus) -> Void) {
        status.withLock { change(&$0) }
    }

    /// Changes phase and reason; the moment is noted when the phase is another one.
    package func enter(_ phase: AgentStatus.Phase, _ reason: String) {
        status.withLock { status in
            if status.phase != phase {
                status.phaseSinceNanoseconds = Clock.nowNanoseconds()
            }
            status.phase = phase
            status.reason = reason
        }
    }
}
