internal import CLinux
package import Platform
package import Transport

/// A link over one TCP connection.
///
/// Sending copies into the kernel, so accepted bytes are settled at once. What must be reduced is
/// received into a scratch that stays in the cache, and lent from there; what has its final place is
/// received straight into it.
@safe package final class TCPLink: LinkOwner {
    private let state: UnsafeMutablePointer<TCPLinkState>
    private let scratch: UnsafeMutableRawPointer
    private var isOpen = true
    package let transport = "tcp"
    package let summary: String

    /// 256 KiB: half of a common second-level cache, and enough to amortise a system call.
    package static let scratchByteCount = 256 << 10

    /// What the kernel may hold of a stream between two processes of this host: little enough that
    /// the pages the receiver copies from are still in the cache that the sender filled. Across a
    /// network the kernel's own tuning stays, which follows the delay of the way.
    static let localSendBufferByteCount: Int32 = 128 << 10

    /// Takes over a connected socket. While it is idle, a host that is silent for about
    /// `timeoutSeconds` breaks it; that a host is gone amid a transfer is for liveness to see.
    package init(
        socket: consuming FileDescriptor, timeoutSeconds: Double
    ) throws(SystemError) {
        try StreamSocket.tune(socket.rawValue, timeoutSeconds: timeoutSeconds)
        if try StreamSocket.staysOnHost(socket.rawValue) {
            try StreamSocket.limitSendBuffer(
                socket.rawValue, byteCount: Self.localSendBufferByteCount)
        }
        summary = "\(transport) \(try StreamSocket.peerAddress(socket.rawValue))"
        unsafe scratch = .allocate(byteCount: Self.scratchByteCount, alignment: 4096)
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(
            to: TCPLinkState(
                socket: socket.release(), scratch: scratch, capacity: Self.scratchByteCount))
    }

    deinit {
        close()
        unsafe state.deallocate()
        unsafe scratch.deallocate()
    }

    package var link: Link {
        unsafe Link(
            operations: TCPLinkState.operations, context: state,
            descriptor: state.pointee.socket, lendingByteCount: Self.scratchByteCount)
    }

    package func finishSending() {
        if isOpen { _ = unsafe shutdown(state.pointee.socket, Int32(SHUT_WR)) }
    }

    package func close() {
        guard isOpen else { return }
        isOpen = false
        unsafe FileDescriptor.close(state.pointee.socket)
    }
}
