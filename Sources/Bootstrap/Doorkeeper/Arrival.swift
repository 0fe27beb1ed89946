package import Platform
internal import Synchronization

/// A connection whose two ends have proved themselves to each other, and what it is for.
///
/// Owns its socket, which is non-blocking and at the first byte behind the handshake, until somebody
/// takes it.
package final class Arrival: Sendable {
    package let purpose: Purpose
    package let peerAddress: SocketAddress
    private let socket: Mutex<FileDescriptor?>

    init(purpose: Purpose, peerAddress: SocketAddress, socket: consuming FileDescriptor) {
        self.purpose = purpose
        self.peerAddress = peerAddress
        self.socket = Mutex(consume socket)
    }

    /// The socket, once; nil when somebody has taken it.
    package func take() -> FileDescriptor? {
        socket.withLock { $0.take() }
    }
}
