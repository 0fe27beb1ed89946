internal import CLinux

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
