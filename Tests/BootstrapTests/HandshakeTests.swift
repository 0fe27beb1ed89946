import TestSupport
import Testing

@testable import Bootstrap

/// Both sides of a handshake, with somebody between them who may change what they say.
struct Conversation {
    var initiator: HandshakeInitiator
    var responder: HandshakeResponder
    /// How many bytes went which way.
    var sent = 0
    var answered = 0

    init(
        from left: Credentials, to right: Credentials, purpose: Purpose = .data(from: 1, to: 0),
        policy: AdmissionPolicy = AdmissionPolicy(rank: 0, epoch: 3), peerIsLocal: Bool = true
    ) {
        initiator = HandshakeInitiator(credentials: left, purpose: purpose)
        responder = HandshakeResponder(
            credentials: right, policy: policy, peerIsLocal: peerIsLocal)
    }

    /// Runs until nobody has anything to say. `change` sees each byte with its position in its
    /// direction, and drops it by answering nil.
    mutating func run(
        pieceByteCount: Int = .max,
        change: (_ isFromInitiator: Bool, _ position: Int, UInt8) -> UInt8? = { $2 }
    ) {
        while true {
            let outgoing = initiator.takeOutgoing()
            let answer = responder.takeOutgoing()
            guard !outgoing.isEmpty || !answer.isEmpty else { return }
            for piece in outgoing.pieces(pieceByteCount) {
                let changed = piece.indices.compactMap { change(true, sent + $0, piece[$0]) }
                responder.receiveAll(changed)
            }
            sent += outgoing.count
            for piece in answer.pieces(pieceByteCount) {
                let changed = piece.indices.compactMap { change(false, answered + $0, piece[$0]) }
                initiator.receiveAll(changed)
            }
            answered += answer.count
        }
    }

    var bothAccepted: Bool {
        guard case .accepted = initiator.outcome, case .accepted = responder.outcome
        else { return false }
        return true
    }
}

extension [UInt8] {
    func pieces(_ byteCount: Int) -> [ArraySlice<UInt8>] {
        guard byteCount < count else { return isEmpty ? [] : [self[...]] }
        return stride(from: 0, to: count, by: byteCount).map {
            self[$0..<Swift.min($0 + byteCount, count)]
        }
    }
}

extension HandshakeResponder {
    /// As a driver would: never more than is wanted, and nothing after the end.
    mutating func receiveAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while outcome == nil, !rest.isEmpty {
            let count = min(wantedByteCount, rest.count)
            receive(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
    }
}

extension HandshakeInitiator {
    mutating func receiveAll(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while outcome == nil, !rest.isEmpty {
            let count = min(wantedByteCount, rest.count)
            receive(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
    }
}

@Suite struct HandshakeTests {
    @Test(arguments: [1, 2, 7, 1000])
    func `both sides accept whatever the pieces are`(pieceByteCount: Int) throws {
        for secret in [secret, nil] {
            let side = try credentials(secret: secret)
            var talk = Conversation(from: side, to: side)
            talk.run(pieceByteCount: pieceByteCount)
            #expect(talk.initiator.outcome == .accepted(.data(from: 1, to: 0)))
            #expect(talk.responder.outcome == .accepted(.data(from: 1, to: 0)))
            #expect(talk.initiator.wantedByteCount == 0)
            #expect(talk.responder.wantedByteCount == 0)
        }
    }

    @Test func `a wrong secret learns nothing but refused`() throws {
        let other = [UInt8](repeating: 0xa5, count: 32)
        for (left, right) in [(other, secret), (nil, secret), (secret, nil)]
            as [([UInt8]?, [UInt8]?)]
        {
            var talk = Conversation(
                from: try credentials(secret: left), to: try credentials(secret: right))
            talk.run()
            #expect(talk.initiator.outcome == .refused(HandshakeRefusal(.secret, "refused")))
            #expect(talk.responder.outcome == .refused(HandshakeRefusal(.secret, "refused")))
        }
    }

    @Test func `another job is named on both sides`() throws {
        var talk = Conversation(
            from: try credentials(job: "left"), to: try credentials(job: "right"))
        talk.run()
        #expect(talk.initiator.outcome == talk.responder.outcome)
        guard case .refused(let refusal) = talk.initiator.outcome else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason == .job)
        #expect(refusal.text.contains("'left'") && refusal.text.contains("'right'"))
    }

    @Test func `another version is named on both sides`() throws {
        let side = try credentials()
        var talk = Conversation(from: side, to: side)
        talk.initiator = HandshakeInitiator(
            credentials: side, purpose: .data(from: 1, to: 0),
            nonce: [UInt8](repeating: 1, count: 32), version: 9)
        talk.run()
        #expect(talk.initiator.outcome == talk.responder.outcome)
        guard case .refused(let refusal) = talk.initiator.outcome else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason == .version)
        #expect(refusal.text.contains("version 9") && refusal.text.contains("1"))
    }

    @Test(arguments: [
        (Purpose.data(from: 1, to: 2), HandshakeRefusal.Reason.wrongRank),
        (Purpose(.data, epoch: 4, fromRank: 1, toRank: 0), .wrongEpoch),
        (Purpose(.meeting, communicator: 5, epoch: 3, fromRank: 1, toRank: 0), .wrongMeeting),
    ])
    func `a proved peer with another target is told so`(
        purpose: Purpose, reason: HandshakeRefusal.Reason
    ) throws {
        let side = try credentials()
        var talk = Conversation(
            from: side, to: side, purpose: purpose,
            policy: AdmissionPolicy(rank: 0, epoch: 3, meeting: 6))
        talk.run()
        #expect(talk.initiator.outcome == talk.responder.outcome)
        guard case .refused(let refusal) = talk.initiator.outcome else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.reason == reason)
    }

    @Test func `without a secret a peer of another host is refused unless allowed`() throws {
        let open = try Credentials(job: "test", secret: nil, allowsUnauthenticated: true)
        for (side, isAccepted) in [(try credentials(secret: nil), false), (open, true)] {
            var talk = Conversation(from: side, to: side, peerIsLocal: false)
            talk.run()
            #expect(talk.bothAccepted == isAccepted)
        }
    }

    @Test func `no single flipped bit is accepted`() throws {
        let side = try credentials()
        var whole = Conversation(from: side, to: side)
        whole.run()
        for (isFromInitiator, byteCount) in [(true, whole.sent), (false, whole.answered)] {
            for position in 0..<byteCount {
                for bit in 0..<8 {
                    var talk = Conversation(from: side, to: side)
                    talk.run { direction, place, byte in
                        direction == isFromInitiator && place == position ? byte ^ 1 << bit : byte
                    }
                    #expect(!talk.bothAccepted, "bit \(bit) of byte \(position)")
                }
            }
        }
    }

    @Test func `nothing is accepted before the last byte`() throws {
        let side = try credentials()
        var whole = Conversation(from: side, to: side)
        whole.run()
        for (isFromInitiator, byteCount) in [(true, whole.sent), (false, whole.answered)] {
            for end in 0..<byteCount {
                var talk = Conversation(from: side, to: side)
                talk.run { direction, place, byte in
                    direction == isFromInitiator && place >= end ? nil : byte
                }
                #expect(!talk.bothAccepted, "cut at byte \(end)")
            }
        }
    }

    @Test func `a side that talks to itself is not convinced`() throws {
        let side = try credentials()
        var left = HandshakeInitiator(credentials: side, purpose: .data(from: 1, to: 0))
        left.receiveAll(left.takeOutgoing())
        guard case .failed = left.outcome else {
            Issue.record("an initiator accepted its own hello")
            return
        }
        // A proof turned back as the acceptance it is not.
        var talk = Conversation(from: side, to: side)
        talk.responder.receiveAll(talk.initiator.takeOutgoing())
        talk.initiator.receiveAll(talk.responder.takeOutgoing())
        let proof = talk.initiator.takeOutgoing()
        var reflected = Frame(kind: .acceptance, body: Array(proof.dropFirst(12))).bytes
        talk.initiator.receiveAll(reflected)
        guard case .refused = talk.initiator.outcome else {
            Issue.record("an initiator accepted its own proof")
            return
        }
        reflected.removeAll()
    }

    @Test func `a proof heard once is worth nothing the next time`() throws {
        let side = try credentials()
        var first = Conversation(from: side, to: side)
        let hello = first.initiator.takeOutgoing()
        first.responder.receiveAll(hello)
        first.initiator.receiveAll(first.responder.takeOutgoing())
        let proof = first.initiator.takeOutgoing()
        first.responder.receiveAll(proof)
        #expect(first.responder.outcome == .accepted(.data(from: 1, to: 0)))

        var second = Conversation(from: side, to: side)
        second.responder.receiveAll(hello)
        second.responder.receiveAll(proof)
        #expect(second.responder.outcome == .refused(HandshakeRefusal(.secret, "refused")))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `garbage is never accepted and never holds memory`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let side = try credentials()
        for _ in 0..<200 {
            var talk = Conversation(from: side, to: side)
            var garbage = (0..<Int.random(in: 1...700, using: &generator)).map { _ in
                UInt8.random(in: .min ... .max, using: &generator)
            }
            if Bool.random(using: &generator) {
                // A plausible header in front lets the garbage reach deeper.
                let kind = UInt8.random(in: 1...6, using: &generator)
                let count = UInt32.random(in: 0...600, using: &generator)
                var header = Frame.magic + [1, 0, kind, 0]
                header.append(littleEndian: count)
                garbage = header + garbage
            }
            talk.responder.receiveAll(garbage)
            talk.initiator.receiveAll(garbage)
            #expect(!talk.bothAccepted, "seed \(seed)")
            #expect(talk.responder.wantedByteCount <= 12 + Hello.bodyLimit)
            #expect(talk.initiator.wantedByteCount <= 12 + Hello.bodyLimit)
        }
    }

    @Test func `what strangers write cannot steer a terminal`() throws {
        let frame = Frame(kind: .refusal, code: 2, body: Array("a\u{1b}[31m\nb".utf8))
        #expect(HandshakeRefusal(frame: frame)?.text == "a?[31m?b")
    }
}
