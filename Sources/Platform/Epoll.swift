package import CLinux

/// A set of descriptors to wait for together. Tokens come back with what happened.
package struct Epoll: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(clinux_epoll_create(), "epoll_create1"))
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
