internal import Platform

/// The connecting side of a handshake, fed with bytes and giving bytes; it touches no socket.
///
/// hello -> <- challenge, proof -> <- acceptance. The initiator proves first: who does not hold
/// the secret gets nothing from the other side that depends on it.
package struct HandshakeInitiator: Sendable {
    private enum State { case awaitsChallenge, awaitsAcceptance }

    /// nil while the handshake runs.
    package private(set) var outcome: HandshakeOutcome?
    private let credentials: Credentials
    private let purpose: Purpose
    private let hello: [UInt8]
    private var challenge: [UInt8] = []
    private var proof: [UInt8] = []
    private var outgoing: [UInt8]
    private var state = State.awaitsChallenge
    private var assembler = FrameAssembler(bodyLimit: Hello.bodyLimit)

    package init(credentials: Credentials, purpose: Purpose) {
        self.init(
            credentials: credentials, purpose: purpose,
            nonce: Host.randomBytes(Hello.nonceByteCount))
    }

    init(
        credentials: Credentials, purpose: Purpose, nonce: [UInt8], version: UInt16 = Frame.version
    ) {
        self.credentials = credentials
        self.purpose = purpose
        var frame = Hello(purpose: purpose, nonce: nonce, job: credentials.job).frame
        frame.version = version
        hello = frame.bytes
        outgoing = hello
    }

    /// How many bytes to read at most: what follows the handshake belongs to others.
    package var wantedByteCount: Int { outcome == nil ? assembler.wantedByteCount : 0 }

    /// What to send now; empty when nothing is due.
    package mutating func takeOutgoing() -> [UInt8] {
        defer { outgoing = [] }
        return outgoing
    }

    /// Takes bytes from the other side, at most `wantedByteCount`.
    package mutating func receive(_ bytes: ArraySlice<UInt8>) {
        guard outcome == nil else { return }
        let frame = assembler.append(bytes)
        if let violation = assembler.violation {
            outcome = .failed(violation.description)
        } else if let frame {
            receive(frame)
        }
    }

    private mutating func receive(_ frame: Frame) {
        if let refusal = HandshakeRefusal(frame: frame) {
            outcome = .refused(refusal)
        } else if frame.version != Frame.version {
            outcome = .failed("an answer in protocol version \(frame.version)")
        } else if frame.code == 0, frame.kind == .challenge, state == .awaitsChallenge {
            answer(frame)
        } else if frame.code == 0, frame.kind == .acceptance, state == .awaitsAcceptance {
            conclude(frame)
        } else {
            outcome = .failed("a message out of turn")
        }
    }

    private mutating func answer(_ frame: Frame) {
        guard frame.body.count == Hello.nonceByteCount else {
            return outcome = .failed("a challenge of \(frame.body.count) bytes")
        }
        challenge = frame.bytes
        proof = HandshakeProof.ofInitiator(
            hello: hello, challenge: challenge, secret: credentials.key)
        outgoing = Frame(kind: .proof, body: proof).bytes
        state = .awaitsAcceptance
    }

    private mutating func conclude(_ frame: Frame) {
        let expected = HandshakeProof.ofResponder(
            hello: hello, challenge: challenge, proof: proof, secret: credentials.key)
        outcome =
            Authentication.areEqual(frame.body, expected)
            ? .accepted(purpose)
            : .refused(HandshakeRefusal(.secret, "the other side does not hold the job's secret"))
    }
}
