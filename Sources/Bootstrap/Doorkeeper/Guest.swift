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
    private var socket: FileDescriptor?
    private var responder: HandshakeResponder

    init(
        token: UInt64, socket: consuming FileDescriptor, peerAddress: SocketAddress,
        responder: HandshakeResponder
    ) {
        self.token = token
        self.peerAddress = peerAddress
        self.responder = responder
        self.socket = consume socket
        arrivedAt = Clock.nowNanoseconds()
    }

    /// The moment from which it may be dropped in favour of a newcomer. One that knows the job is
    /// probably honest and gets time for a round trip between busy processes.
    var courtesyEnd: UInt64 {
        arrivedAt + (responder.isIntroduced ? 50_000_000 : 10_000_000)
    }

    var isIntroduced: Bool { responder.isIntroduced }

    var rawValue: Int32 { socket.borrow { $0.rawValue } ?? -1 }

    func takeSocket() -> FileDescriptor? { socket.take() }

    /// Goes on as far as the bytes at hand allow; never waits.
    func advance() -> Progress {
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            if let failure = sendOutgoing() { return .left(failure) }
            switch responder.outcome {
            case .accepted(let purpose): return .arrived(purpose)
            case .some(let outcome): return .left(outcome)
            case nil: break
            }
            let wanted = min(responder.wantedByteCount, buffer.count)
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe StreamSocket.receive(rawValue, .init(rebasing: bytes[..<wanted]))
            }
            switch count {
            case 1...: responder.receive(buffer[..<count])
            case 0: return .left(.failed("closed"))
            case -Int(EAGAIN): return .waits
            default: return .left(.failed(SystemError.text(of: Int32(-count))))
            }
        }
    }

    /// A handshake's answers fit into every socket's send buffer, so what does not go at once means
    /// a peer that does not read.
    private func sendOutgoing() -> HandshakeOutcome? {
        let outgoing = responder.takeOutgoing()
        guard !outgoing.isEmpty else { return nil }
        let sent = unsafe outgoing.withUnsafeBytes { unsafe StreamSocket.send(rawValue, $0) }
        return sent == outgoing.count ? nil : .failed("takes no answer")
    }
}
