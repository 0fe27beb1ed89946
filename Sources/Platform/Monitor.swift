internal import CLinux

/// State behind a lock, whose changes threads can wait for, with a deadline on CLOCK_MONOTONIC.
@safe package final class Monitor<State>: @unchecked Sendable {
    // The mutex orders every access to `state`; both live on the heap because they must not move.
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init(_ state: State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        let failed = unsafe clinux_condition_init(condition)
        precondition(failed == 0, "a condition variable could not be made")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the state and wakes every waiter.
    package func update<Result: ~Copyable, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(condition)
            unsafe pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Waits until `body` answers something, or nil at the deadline. `body` may change the state;
    /// it is asked once more at the deadline.
    package func wait<Result>(
        until deadline: Deadline, _ body: (inout State) -> Result?
    ) -> Result? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            let expired = deadline.hasPassed
            if let result = body(&state) { return result }
            if expired { return nil }
            var moment = timespec(
                tv_sec: Int(clamping: deadline.nanoseconds / 1_000_000_000),
                tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
            _ = unsafe pthread_cond_timedwait(condition, mutex, &moment)
        }
    }
}
