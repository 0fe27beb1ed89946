import Bootstrap
import Glibc
import Platform
import TestSupport

/// Somebody who connects to a rank and is none.
enum Stranger: CaseIterable {
    case silent
    case garbage
    case halfHandshake
    case reset
    case browser

    /// Connects and misbehaves; answers the socket where it stays open for a while.
    func visit(
        _ address: SocketAddress, using generator: inout SeededGenerator
    ) throws -> FileDescriptor? {
        let socket = try StreamSocket.connect(to: address)
        let deadline = Deadline(secondsFromNow: 1)
        guard try StreamSocket.wait(socket.rawValue, for: Int32(POLLOUT), until: deadline) else {
            return nil
        }
        switch self {
        case .silent: break
        case .garbage:
            send((0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }, to: socket)
        case .halfHandshake:
            let hello = try Self.hello()
            send(Array(hello.prefix(hello.count / 2)), to: socket)
        case .reset:
            // Closing with this set resets the connection.
            var lingers = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                socket.rawValue, SOL_SOCKET, SO_LINGER, &lingers,
                socklen_t(MemoryLayout<linger>.size))
            return nil
        case .browser: send(Array("GET / HTTP/1.1\r\nHost: rank\r\n\r\n".utf8), to: socket)
        }
        return socket
    }

    private func send(_ bytes: [UInt8], to socket: borrowing FileDescriptor) {
        _ = bytes.withUnsafeBytes { StreamSocket.send(socket.rawValue, $0) }
    }

    /// The first message of a rank of some other job.
    private static func hello() throws -> [UInt8] {
        let credentials = try Credentials(job: "stranger", secret: Array(repeating: 7, count: 32))
        var initiator = HandshakeInitiator(
            credentials: credentials, purpose: Purpose(.data, fromRank: 1, toRank: 0))
        return initiator.takeOutgoing()
    }
}
