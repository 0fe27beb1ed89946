package import CLinux

/// A set of descriptors to wait for together. Tokens come back with what happened.
package struct Epoll: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(clinux_epoll_create(), "epoll_create1"))
        ForkGuard.protect(descriptor.rawValue)
    }

    package func add(_ fd: Int32, events: UInt32, token: UInt64) throws(SystemError) {
        try check(
            clinux_epoll_control(descriptor.rawValue, EPOLL_CTL_ADD, fd, events, token),
            "epoll add \(fd)")
    }

    package func modify(_ fd: Int32, events: UInt32, token: UInt64) throws(SystemError) {
        try check(
            clinux_epoll_control(descriptor.rawValue, EPOLL_CTL_MOD, fd, events, token),
            "epoll modify \(fd)")
    }

    /// Removing before closing matters where a forked child may still hold the descriptor.
    package func remove(_ fd: Int32) {
        _ = clinux_epoll_control(descriptor.rawValue, EPOLL_CTL_DEL, fd, 0, 0)
    }

    /// For readers that call again as long as something is left.
    package static let readable: UInt32 = EPOLLIN.rawValue
    package static let writable: UInt32 = EPOLLOUT.rawValue
    /// Readable or writable, told once per change: for readers that go on until nothing is left.
    package static let changesOnly: UInt32 =
        EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLET.rawValue

    /// The tokens of at most `limit` descriptors on which something happened; none at the time-out or
    /// after a signal. Allocates: for the control plane.
    package func readyTokens(
        limit: Int, timeoutMilliseconds: Int32
    ) throws(SystemError) -> [UInt64] {
        var tokens: [UInt64] = []
        var failure: SystemError?
        unsafe withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: limit) { events in
            do throws(SystemError) {
                let count = try unsafe wait(into: events, timeoutMilliseconds: timeoutMilliseconds)
                for index in 0..<count {
                    tokens.append(unsafe clinux_epoll_token(&events[index]))
                }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return tokens
    }

    /// Waits for events; 0 at the time-out or after a signal. `-1` milliseconds wait for ever.
    package func wait(
        into events: UnsafeMutableBufferPointer<epoll_event>, timeoutMilliseconds: Int32
    ) throws(SystemError) -> Int {
        Int(
            try check(
                unsafe clinux_epoll_wait(
                    descriptor.rawValue, events.baseAddress, Int32(events.count),
                    timeoutMilliseconds), "epoll_wait"))
    }
}

/// Wakes a thread that sleeps in `Epoll`.
package struct EventDescriptor: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(clinux_eventfd(), "eventfd"))
        ForkGuard.protect(descriptor.rawValue)
    }

    /// From any thread, and from a signal handler.
    package func signal() {
        var one: UInt64 = 1
        _ = unsafe clinux_write(descriptor.rawValue, &one, 8)
    }

    /// Forgets all signals so far.
    package func drain() {
        var count: UInt64 = 0
        _ = unsafe clinux_read(descriptor.rawValue, &count, 8)
    }
}
