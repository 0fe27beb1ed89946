internal import Platform

/// A connection that has not proved itself yet.
final class Guest {
    enum Progress {
        case waits
        case arrived(Purpose)
        case left(HandshakeOutcome)
    }

    let token: UInt64
    let peerAddress: SocketAddress
    let arrivedAt: UInt64
    let rawValue: Int32
    private var socket: FileDescriptor?
    private var responder: HandshakeResponder

    init(
        token: UInt64, socket: consuming FileDescriptor, peerAddress: SocketAddress,
        responder: HandshakeResponder
    ) {
        self.token = token
        self.peerAddress = peerAddress
        self.responder = responder
        rawValue = socket.rawValue
        self.socket = consume socket
        arrivedAt = Clock.nowNanoseconds()
    }

    /// The moment from which it may be dropped in favour of a newcomer. One that knows the job is
    /// probably honest and gets time for a round trip between busy processes.
    var courtesyEnd: UInt64 {
        arrivedAt + (responder.isIntroduced ? 50_000_000 : 10_000_000)
    }

    var isIntroduced: Bool { responder.isIntroduced }

    func takeSocket() -> FileDescriptor? { socket.take() }

    /// Goes on as far as the bytes at hand allow; never waits.
    func advance() -> Progress {
        do throws(SystemError) {
            while true {
                guard try sendOutgoing() else { return .left(.failed("takes no answer")) }
                switch responder.outcome {
                case .accepted(let purpose): return .arrived(purpose)
                case .some(let outcome): return .left(outcome)
                case nil: break
                }
                guard
                    let bytes = try StreamSocket.receive(
                        rawValue, limit: responder.wantedByteCount)
                else { return .waits }
                guard !bytes.isEmpty else { return .left(.failed("closed")) }
                responder.receive(bytes)
            }
        } catch {
            return .left(.failed(error.description))
        }
    }

    /// A handshake's answers fit into every socket's send buffer: a peer for which they do not go at
    /// once does not read, and false is answered.
    private func sendOutgoing() throws(SystemError) -> Bool {
        let outgoing = responder.takeOutgoing()
        guard !outgoing.isEmpty else { return true }
        return try StreamSocket.send(rawValue, bytes: outgoing[...]) == outgoing.count
    }
}
