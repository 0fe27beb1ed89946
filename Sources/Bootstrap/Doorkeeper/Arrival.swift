package import Platform

/// A connection whose two ends have proved themselves to each other, and what it is for.
///
/// Owns its socket, which is non-blocking and at the first byte behind the handshake, until somebody
/// takes it. Used by one thread at a time, as the doorkeeper or connector is that it comes from.
package final class Arrival: @unchecked Sendable {
    // Handing it to another thread orders their accesses.

    package let purpose: Purpose
    package let peerAddress: SocketAddress
    private var socket: FileDescriptor?

    init(purpose: Purpose, peerAddress: SocketAddress, socket: consuming FileDescriptor) {
        self.purpose = purpose
        self.peerAddress = peerAddress
        self.socket = consume socket
    }

    /// The socket, once; nil when somebody has taken it.
    package func take() -> FileDescriptor? {
        socket.take()
    }
}
