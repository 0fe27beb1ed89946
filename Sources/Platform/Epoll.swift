internal import CLinux

/// A set of descriptors to wait for together. Tokens come back with what happened.
///
/// Waiting allocates: for the control plane. The data path polls its links, and sleeps in `poll`.
package struct Epoll: ~Copyable, Sendable {
    package let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(clinux_epoll_create(), "epoll_create1"))
        ForkGuard.protect(descriptor.rawValue)
    }

    package func watch(_ fd: Int32, for interest: Interest, token: UInt64) throws(SystemError) {
        try check(
            clinux_epoll_control(
                descriptor.rawValue, EPOLL_CTL_ADD, fd, interest.rawValue, token),
            "epoll add \(fd)")
    }

    /// Watches for something else from now on; the end of a descriptor is always told.
    package func change(_ fd: Int32, to interest: Interest, token: UInt64) throws(SystemError) {
        try check(
            clinux_epoll_control(
                descriptor.rawValue, EPOLL_CTL_MOD, fd, interest.rawValue, token),
            "epoll modify \(fd)")
    }

    /// Removing before closing matters where a forked child may still hold the descriptor.
    package func remove(_ fd: Int32) {
        _ = clinux_epoll_control(descriptor.rawValue, EPOLL_CTL_DEL, fd, 0, 0)
    }

    /// What happened, in the order in which it happened, for at most `limit` descriptors; empty at
    /// the time-out or after a signal. `-1` milliseconds wait for ever.
    package func ready(
        limit: Int = 64, timeoutMilliseconds: Int32
    ) throws(SystemError) -> [Readiness] {
        let buffer = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: limit)
        defer { unsafe buffer.deallocate() }
        let count = try check(
            unsafe clinux_epoll_wait(
                descriptor.rawValue, buffer.baseAddress, Int32(limit), timeoutMilliseconds),
            "epoll_wait")
        return (0..<Int(count)).map { index in
            var event = unsafe buffer[index]
            return Readiness(
                token: unsafe clinux_epoll_token(&event),
                events: unsafe clinux_epoll_events(&event))
        }
    }
}

/// What a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Interest(rawValue: EPOLLIN.rawValue)
    package static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// Readable or writable, told once per change: for readers that go on until nothing is left.
    package static let changesOnly: Interest = [
        .readable, .writable, Interest(rawValue: EPOLLET.rawValue),
    ]
}

/// Something that happened to a watched descriptor.
package struct Readiness: Sendable, Hashable {
    package let token: UInt64
    package let events: UInt32

    package func has(_ interest: Interest) -> Bool { events & interest.rawValue != 0 }
}
