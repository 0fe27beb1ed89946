import Platform
import Testing

/// Two ends of a TCP connection over loopback.
final class SocketPair {
    private var accepted: FileDescriptor?
    private var connected: FileDescriptor?

    init() throws {
        let listener = try StreamSocket.listen(
            on: try #require(SocketAddress(digits: "127.0.0.1", port: 0)))
        let address = try StreamSocket.localAddress(listener.rawValue)
        connected = try StreamSocket.connect(to: address)
        _ = try StreamSocket.wait(listener.rawValue, for: 1, until: Deadline(secondsFromNow: 5))
        accepted = try StreamSocket.accept(listener.rawValue)
    }

    struct Missing: Error {}

    func takeAccepted() throws -> FileDescriptor {
        guard let socket = accepted.take() else { throw Missing() }
        return socket
    }

    func takeConnected() throws -> FileDescriptor {
        guard let socket = connected.take() else { throw Missing() }
        return socket
    }
}
