internal import CLinux

/// The calls on stream sockets that every part of the library makes; all sockets are non-blocking
/// and close-on-exec.
package enum StreamSocket {
    /// A listening socket; port 0 lets the kernel choose.
    package static func listen(
        on address: SocketAddress, backlog: Int32 = 1024
    ) throws(SystemError) -> FileDescriptor {
        let socket = try make(family: address.family)
        if address.family != AF_UNIX { try set(socket.rawValue, SOL_SOCKET, SO_REUSEADDR, 1) }
        if address.family == AF_INET6, address.isUnspecified {
            try set(socket.rawValue, IPPROTO_IPV6, IPV6_V6ONLY, 0)
        }
        var storage = address.storage
        try check(unsafe clinux_bind(socket.rawValue, &storage, address.length), "bind \(address)")
        try check(clinux_listen(socket.rawValue, backlog), "listen on \(address)")
        return socket
    }

    /// A listening socket on every address of the host, IPv4 and, where there is IPv6, both.
    package static func listenEverywhere(
        port: UInt16
    ) throws(SystemError) -> FileDescriptor {
        let none = [UInt8](repeating: 0, count: 16)
        if let all = SocketAddress(addressBytes: none, port: port) {
            do { return try listen(on: all) } catch {
                guard error.isHopeless || error.code == EADDRNOTAVAIL else { throw error }
            }
        }
        guard let all = SocketAddress(addressBytes: Array(none.prefix(4)), port: port) else {
            throw SystemError(code: EAFNOSUPPORT, operation: "listen")
        }
        return try listen(on: all)
    }

    /// Takes over a listening socket that the process was started with.
    package static func inherit(listener: Int32) throws(SystemError) -> FileDescriptor {
        var isListening: Int32 = 0
        let failed = unsafe clinux_get_option(listener, SOL_SOCKET, SO_ACCEPTCONN, &isListening)
        try check(failed, "descriptor \(listener)")
        guard isListening == 1 else {
            throw SystemError(code: EINVAL, operation: "descriptor \(listener) does not listen")
        }
        try check(clinux_set_nonblocking(listener), "descriptor \(listener)")
        try check(clinux_set_close_on_exec(listener), "descriptor \(listener)")
        ForkGuard.protect(listener)
        return FileDescriptor(owning: listener)
    }

    /// Begins to connect. The connection stands, or has failed, once the socket is writable:
    /// ask `connectionError`.
    package static func connect(
        to address: SocketAddress, from source: SocketAddress? = nil
    ) throws(SystemError) -> FileDescriptor {
        let socket = try make(family: address.family)
        if let source {
            var storage = source.storage
            try check(
                unsafe clinux_bind(socket.rawValue, &storage, source.length), "bind \(source)")
        }
        var storage = address.storage
        let result = unsafe clinux_connect(socket.rawValue, &storage, address.length)
        if result != -EINPROGRESS { try check(result, "connect \(address)") }
        return socket
    }

    /// The errno of a finished connection attempt, 0 when it stands.
    package static func connectionError(_ socket: Int32) -> Int32 {
        var code: Int32 = 0
        let result = unsafe clinux_get_option(socket, SOL_SOCKET, SO_ERROR, &code)
        return result < 0 ? -result : code
    }

    /// The next waiting connection, or nil when none waits.
    package static func accept(_ listener: Int32) throws(SystemError) -> FileDescriptor? {
        let result = clinux_guarded_accept(listener)
        switch -result {
        // The peer gave up before we came: nothing to report, nothing waits.
        case EAGAIN, ECONNABORTED, EPROTO: return nil
        default: return FileDescriptor(owning: try check(result, "accept"))
        }
    }

    package static func localAddress(_ socket: Int32) throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length: socklen_t = 0
        try check(unsafe clinux_local_address(socket, &storage, &length), "getsockname")
        return SocketAddress(storage: storage, length: length)
    }

    package static func peerAddress(_ socket: Int32) throws(SystemError) -> SocketAddress {
        var storage = sockaddr_storage()
        var length: socklen_t = 0
        try check(unsafe clinux_peer_address(socket, &storage, &length), "getpeername")
        return SocketAddress(storage: storage, length: length)
    }

    /// Small messages do not wait for company.
    package static func sendAtOnce(_ socket: Int32) throws(SystemError) {
        try set(socket, IPPROTO_TCP, TCP_NODELAY, 1)
    }

    /// For the life of a link: small messages leave at once, and an idle connection into a black
    /// hole ends after about `timeoutSeconds`, by keepalive.
    ///
    /// No TCP_USER_TIMEOUT: it also ends connections whose peer acknowledges everything and only
    /// has no room, so a rank that comes late to a large operation would look like a lost host.
    package static func tune(_ socket: Int32, timeoutSeconds: Double) throws(SystemError) {
        let seconds = Int32(max(1, min(timeoutSeconds / 3, 3600)))
        try sendAtOnce(socket)
        try set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
        try set(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds)
        try set(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds)
        try set(socket, IPPROTO_TCP, TCP_KEEPCNT, 3)
    }

    /// Whether both ends of a connection are on this host, as their addresses tell: loopback, or
    /// one address at both ends. Between network namespaces it is false.
    package static func staysOnHost(_ socket: Int32) throws(SystemError) -> Bool {
        let (local, peer) = (try localAddress(socket), try peerAddress(socket))
        return peer.isLoopback || local.addressBytes == peer.addressBytes
    }

    /// Limits what the kernel keeps for sending; it takes twice as much, for its own records.
    package static func limitSendBuffer(
        _ socket: Int32, byteCount: Int32
    ) throws(SystemError) {
        try set(socket, SOL_SOCKET, SO_SNDBUF, byteCount)
    }

    package static func set<Level: BinaryInteger, Value: BinaryInteger>(
        _ socket: Int32, _ level: Level, _ name: Int32, _ value: Value
    ) throws(SystemError) {
        try check(
            clinux_set_option(socket, Int32(level), name, Int32(value)), "setsockopt \(name)")
    }

    /// Bytes accepted by the kernel, or a negated errno; never waits, never raises SIGPIPE.
    package static func send(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe clinux_send(socket, bytes.baseAddress, bytes.count)
    }

    /// Bytes received, 0 at the end of the stream, or a negated errno; never waits.
    package static func receive(_ socket: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        unsafe clinux_receive(socket, bytes.baseAddress, bytes.count)
    }

    /// Waits until one of `events` (POLLIN, POLLOUT) or an error shows; false at the deadline.
    package static func wait(
        _ socket: Int32, for events: Int32, until deadline: Deadline
    ) throws(SystemError) -> Bool {
        while true {
            var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
            let ready = unsafe clinux_poll(&entry, 1, deadline.remainingMilliseconds)
            if try check(ready, "poll") > 0 { return true }
            if deadline.hasPassed { return false }
        }
    }

    /// Waits once, until something can be read; false at the time-out or after a signal.
    package static func wait(
        _ descriptor: Int32, forReadingMilliseconds milliseconds: Int32
    ) throws(SystemError) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return try check(unsafe clinux_poll(&entry, 1, milliseconds), "poll") > 0
    }

    private static func make(family: Int32) throws(SystemError) -> FileDescriptor {
        FileDescriptor(
            owning: try check(
                clinux_guarded_socket(family, Int32(SOCK_STREAM.rawValue)), "socket"))
    }
}
