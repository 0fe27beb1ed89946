internal import CLinux

/// What a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let readable = Interest(rawValue: EPOLLIN.rawValue)
    package static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// The peer closed, or the descriptor failed; always watched for.
    package static let ended = Interest(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
}

/// Something that happened to a watched descriptor.
package struct Readiness: Sendable, Hashable {
    package let token: UInt64
    package let events: UInt32

    package func has(_ interest: Interest) -> Bool { events & interest.rawValue != 0 }
}

/// For loops that may allocate; the data path waits into memory of its own.
extension Epoll {
    package func watch(_ fd: Int32, for interest: Interest, token: UInt64) throws(SystemError) {
        try add(fd, events: interest.rawValue, token: token)
    }

    /// What happened, in the order in which it happened, at most 64 events; empty at the time-out
    /// or after a signal.
    package func ready(timeoutMilliseconds: Int32) throws(SystemError) -> [Readiness] {
        let buffer = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 64)
        defer { unsafe buffer.deallocate() }
        let count = try unsafe wait(into: buffer, timeoutMilliseconds: timeoutMilliseconds)
        var ready: [Readiness] = []
        for index in 0..<count {
            var event = unsafe buffer[index]
            let token = unsafe clinux_epoll_token(&event)
            ready.append(Readiness(token: token, events: unsafe clinux_epoll_events(&event)))
        }
        return ready
    }
}
