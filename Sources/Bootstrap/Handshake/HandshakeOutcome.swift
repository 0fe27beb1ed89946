/// Why one side of a handshake would not go on.
package struct HandshakeRefusal: Sendable, Hashable, Error {
    package enum Reason: UInt8, Sendable {
        case version = 1
        case job
        /// The proof was wrong; nothing more is said, for the other side may be anybody.
        case secret
        /// Without a secret, this side talks to its own host only.
        case unauthenticated
        case wrongRank
        case wrongEpoch
        case wrongMeeting
    }

    package var reason: Reason
    package var text: String

    package init(_ reason: Reason, _ text: String) {
        self.reason = reason
        self.text = text
    }

    static let textByteLimit = 400

    var frame: Frame {
        Frame(
            kind: .refusal, code: reason.rawValue,
            body: Array(text.cut(toByteCount: Self.textByteLimit).utf8))
    }

    /// From whatever version refuses: the header's layout and this message are for ever.
    init?(frame: Frame) {
        guard frame.kind == .refusal, let reason = Reason(rawValue: frame.code) else { return nil }
        self.init(reason, String(decoding: frame.body, as: UTF8.self).printable)
    }
}

/// How a handshake ended.
package enum HandshakeOutcome: Sendable, Hashable {
    /// Both sides hold the secret and mean the same purpose.
    case accepted(Purpose)
    /// One side refused in words.
    case refused(HandshakeRefusal)
    /// The other side is no Martlet process, or broke the protocol.
    case failed(String)
}

/// What both sides prove: each over everything said before it, in its own role, so that no proof can
/// be replayed, moved to another purpose, or turned back upon its maker.
enum HandshakeProof {
    static func ofInitiator(hello: [UInt8], challenge: [UInt8], secret: [UInt8]) -> [UInt8] {
        Authentication.code(of: Array("martlet initiator\0".utf8) + hello + challenge, key: secret)
    }

    static func ofResponder(
        hello: [UInt8], challenge: [UInt8], proof: [UInt8], secret: [UInt8]
    ) -> [UInt8] {
        Authentication.code(
            of: Array("martlet responder\0".utf8) + hello + challenge + proof, key: secret)
    }
}
