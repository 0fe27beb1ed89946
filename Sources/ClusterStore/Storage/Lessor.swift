internal import GRPCCore
internal import Platform
internal import Synchronization

/// The leases, in memory: renewals touch no disk. The database has each lease, its owner, and a
/// deadline that is at most a moment older.
///
/// Deadlines are of a clock that runs only while the store does, so that a restart, or a host that
/// was suspended, does not end leases that nobody could renew meanwhile.
final class Lessor: Sendable {
    struct Lease: Sendable, Hashable {
        let id: Int64
        let grantedSeconds: Int64
        /// Who may renew, revoke and use it.
        let owner: String
        var deadlineMilliseconds: Int64
    }

    private struct State {
        var leases: [Int64: Lease] = [:]
        var changed: Set<Int64> = []
        var clock: StoreClock
    }

    private let state: Mutex<State>

    init(leases: [Lease], clockMilliseconds: Int64) {
        var state = State(clock: StoreClock(milliseconds: clockMilliseconds))
        for lease in leases { state.leases[lease.id] = lease }
        self.state = Mutex(state)
    }

    var nowMilliseconds: Int64 { state.withLock { $0.clock.milliseconds } }

    /// A lease that begins now.
    func make(id: Int64, grantedSeconds: Int64, owner: String) -> Lease {
        Lease(
            id: id, grantedSeconds: grantedSeconds, owner: owner,
            deadlineMilliseconds: nowMilliseconds + grantedSeconds * 1000)
    }

    /// Takes up a lease that is in the database.
    func insert(_ lease: Lease) {
        state.withLock { $0.leases[lease.id] = lease }
    }

    func remove(_ id: Int64) {
        state.withLock { state in
            state.leases[id] = nil
            state.changed.remove(id)
        }
    }

    /// Gives a lease its whole time again. Nil where there is none, or it has ended and its keys are
    /// about to go.
    func renew(_ id: Int64, by rights: Rights) throws(RPCError) -> Lease? {
        let found = state.withLock { state -> Lease? in
            guard var lease = state.leases[id], rights.mayUseLease(of: lease.owner) else {
                return state.leases[id]
            }
            let now = state.clock.milliseconds
            guard lease.deadlineMilliseconds > now else { return nil }
            lease.deadlineMilliseconds = now + lease.grantedSeconds * 1000
            state.leases[id] = lease
            state.changed.insert(id)
            return lease
        }
        if let found { try rights.requireLease(id, of: found.owner) }
        return found
    }

    /// A lease, and what is left of it, never less than nothing.
    func find(_ id: Int64) -> (lease: Lease, remainingMilliseconds: Int64)? {
        state.withLock { state in
            state.leases[id].map {
                ($0, max(0, $0.deadlineMilliseconds - state.clock.milliseconds))
            }
        }
    }

    /// By their deadlines.
    var all: [Lease] {
        state.withLock { $0.leases.values.sorted { $0.sortKey < $1.sortKey } }
    }

    /// Lets time pass, and says which leases have ended.
    func tick() -> [Int64] {
        state.withLock { state in
            state.clock.tick()
            let now = state.clock.milliseconds
            return state.leases.values.filter { $0.deadlineMilliseconds <= now }.map(\.id)
        }
    }

    /// Leases renewed since the last call, and the clock.
    func takeChanges() -> (leases: [Lease], clockMilliseconds: Int64) {
        state.withLock { state in
            let leases = state.changed.compactMap { state.leases[$0] }
            state.changed = []
            return (leases, state.clock.milliseconds)
        }
    }

    /// Gives back changes that could not be written.
    func restoreChanges(_ leases: [Lease]) {
        state.withLock { state in
            for lease in leases where state.leases[lease.id] != nil {
                state.changed.insert(lease.id)
            }
        }
    }

    /// Whether something was renewed that `takeChanges` has not said.
    var hasChanges: Bool { state.withLock { !$0.changed.isEmpty } }

    var isEmpty: Bool { state.withLock { $0.leases.isEmpty } }
}

extension Lessor.Lease {
    fileprivate var sortKey: (Int64, Int64) { (deadlineMilliseconds, id) }
}

/// A clock that stands still while the store does not run.
struct StoreClock {
    private var base: Int64
    private var baseNanoseconds = Clock.nowNanoseconds()

    /// More cannot have passed between two ticks unless this process, or its host, stood still.
    private static let longestStepMilliseconds: Int64 = 1000

    init(milliseconds: Int64) {
        base = milliseconds
    }

    var milliseconds: Int64 {
        let passed = Int64((Clock.nowNanoseconds() - baseNanoseconds) / 1_000_000)
        return base + min(passed, Self.longestStepMilliseconds)
    }

    mutating func tick() {
        let passed = (Clock.nowNanoseconds() - baseNanoseconds) / 1_000_000
        base += min(Int64(passed), Self.longestStepMilliseconds)
        // Parts of a millisecond count at the next tick.
        baseNanoseconds += passed * 1_000_000
    }
}
