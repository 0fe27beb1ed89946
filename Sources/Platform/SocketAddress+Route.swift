internal import CLinux

extension SocketAddress {
    /// This host's address on the way to another one, as the kernel routes now. Nothing is sent.
    package func localAddressOnTheWay() throws(SystemError) -> SocketAddress {
        let socket = FileDescriptor(
            owning: try check(
                clinux_guarded_socket(family, Int32(SOCK_DGRAM.rawValue)), "socket"))
        var target = storage
        try check(
            unsafe clinux_connect(socket.rawValue, &target, length), "find the way to \(self)")
        return try StreamSocket.localAddress(socket.rawValue)
    }
}
