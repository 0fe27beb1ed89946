internal import Platform

/// The accepting side of a handshake, fed with bytes and giving bytes; it touches no socket.
package struct HandshakeResponder: Sendable {
    private enum State { case awaitsHello, awaitsProof }

    /// nil while the handshake runs. After a refusal the outgoing bytes still have to be sent.
    package private(set) var outcome: HandshakeOutcome?
    /// Whether the other side has named our version and job, which strangers seldom do.
    package var isIntroduced: Bool { state == .awaitsProof }
    private let credentials: Credentials
    private let policy: AdmissionPolicy
    private let isTrustedWithoutSecret: Bool
    private let nonce: [UInt8]
    private var hello: Hello?
    private var helloBytes: [UInt8] = []
    private var challenge: [UInt8] = []
    private var outgoing: [UInt8] = []
    private var state = State.awaitsHello
    private var assembler = FrameAssembler(bodyLimit: Hello.bodyLimit)

    /// `peerIsLocal` says whether the other side is on this host: without a secret, no other may in.
    package init(credentials: Credentials, policy: AdmissionPolicy, peerIsLocal: Bool) {
        self.init(
            credentials: credentials, policy: policy, peerIsLocal: peerIsLocal,
            nonce: Host.randomBytes(Hello.nonceByteCount))
    }

    init(credentials: Credentials, policy: AdmissionPolicy, peerIsLocal: Bool, nonce: [UInt8]) {
        self.credentials = credentials
        self.policy = policy
        self.nonce = nonce
        isTrustedWithoutSecret = peerIsLocal || credentials.allowsStrangers
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
        guard frame.code == 0 else { return outcome = .failed("a message with a reason") }
        switch (frame.kind, state) {
        case (.hello, .awaitsHello): receive(hello: frame)
        case (.proof, .awaitsProof): receive(proof: frame)
        default: outcome = .failed("a message out of turn")
        }
    }

    private mutating func receive(hello frame: Frame) {
        guard frame.version == Frame.version else {
            return refuse(
                .version,
                "one side speaks protocol version \(frame.version), the other \(Frame.version)")
        }
        guard let hello = Hello(body: frame.body) else {
            return outcome = .failed("a malformed hello")
        }
        guard hello.job == credentials.job else {
            return refuse(
                .job,
                "one side is of job '\(hello.job.printable)', the other of '\(credentials.job)'"
            )
        }
        guard isTrustedWithoutSecret else {
            return refuse(.unauthenticated, Credentials.strangerText)
        }
        self.hello = hello
        helloBytes = frame.bytes
        challenge = Frame(kind: .challenge, body: nonce).bytes
        outgoing = challenge
        state = .awaitsProof
    }

    private mutating func receive(proof frame: Frame) {
        let expected = HandshakeProof.ofInitiator(
            hello: helloBytes, challenge: challenge, secret: credentials.key)
        guard let hello, frame.version == Frame.version,
            Authentication.areEqual(frame.body, expected)
        else { return refuse(.secret, "refused") }
        if let refusal = policy.refusal(of: hello.purpose) {
            return refuse(refusal.reason, refusal.text)
        }
        let answer = HandshakeProof.ofResponder(
            hello: helloBytes, challenge: challenge, proof: frame.body, secret: credentials.key)
        outgoing = Frame(kind: .acceptance, body: answer).bytes
        outcome = .accepted(hello.purpose)
    }

    private mutating func refuse(_ reason: HandshakeRefusal.Reason, _ text: String) {
        let refusal = HandshakeRefusal(reason, text)
        outgoing = refusal.frame.bytes
        outcome = .refused(refusal)
    }
}
