import TestSupport
import Testing

@testable import Liveness

@Suite struct LivenessMessageTests {
    static let state = OperationState(
        entered: 12, completed: 11, header: HeaderWords(1, 2, .max, 4))

    static let examples: [LivenessMessage] = [
        LivenessMessage(.heartbeat([])),
        LivenessMessage(
            .heartbeat((0..<16).map { .init(communicator: $0 + 1, state: state) })),
        LivenessMessage(
            hops: 3,
            .abort(
                .init(
                    communicator: 9, code: .mismatch, phase: .operation, culprit: 4, origin: 2,
                    text: "rank 4 called all-reduce, rank 2 called broadcast"))),
        LivenessMessage(
            .abort(
                .init(
                    communicator: 0, code: .system, phase: .idle, culprit: nil, origin: 63,
                    errorNumber: 24, text: String(repeating: "é", count: 256)))),
        LivenessMessage(
            hops: 255,
            .suspicion(.init(communicator: 7, accuser: 1, suspect: 2, errorNumber: 104))),
        LivenessMessage(.answer(.init(rank: 5, count: .max))),
        LivenessMessage(.loss(.init(rank: 5, reason: .unreachable, origin: 6))),
        LivenessMessage(
            .departures(
                (0..<48).map { .init(communicator: UInt64($0), rank: $0, completed: .max) })),
        LivenessMessage(
            .inquest(.init(communicator: 1, sequence: 2, initiator: 3, state: state))),
        LivenessMessage(.inquest(.init(communicator: 1, sequence: 2, initiator: 3, state: nil))),
        LivenessMessage(
            .testimony(.init(communicator: 1, rank: 2, kind: .unanswered, state: state))),
    ]

    private func encoded(_ message: LivenessMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return bytes
    }

    @Test(arguments: examples)
    func `a message survives the way`(message: LivenessMessage) {
        let bytes = encoded(message)
        #expect(bytes.count <= LivenessMessage.frameByteLimit)
        #expect(
            LivenessMessage.decode(bytes[...], worldSize: 64)
                == .message(message, byteCount: bytes.count))
    }

    @Test(arguments: examples)
    func `a part of a message is not one yet`(message: LivenessMessage) {
        let bytes = encoded(message)
        for count in 0..<bytes.count {
            #expect(LivenessMessage.decode(bytes[..<count], worldSize: 64) == .incomplete)
        }
    }

    @Test func `what follows a message stays for the next`() {
        var bytes = encoded(Self.examples[2])
        let first = bytes.count
        Self.examples[5].encode(into: &bytes)
        #expect(
            LivenessMessage.decode(bytes[...], worldSize: 64)
                == .message(Self.examples[2], byteCount: first))
        #expect(
            LivenessMessage.decode(bytes[first...], worldSize: 64)
                == .message(Self.examples[5], byteCount: bytes.count - first))
    }

    @Test func `ranks outside the world are refused`() {
        let bytes = encoded(Self.examples[5])
        #expect(LivenessMessage.decode(bytes[...], worldSize: 5) == .malformed)
        #expect(LivenessMessage.decode(bytes[...], worldSize: 6) != .malformed)
    }

    @Test(arguments: [(0, true), (4095, true), (4096, false), (-1, false), (.min, false)])
    func `an abort carries an errno of Linux or none`(number: Int32, isBelieved: Bool) {
        let sent = LivenessMessage(
            .abort(
                .init(
                    communicator: 1, code: .system, phase: .joining, culprit: 2, origin: 3,
                    errorNumber: 24, text: "no descriptor left")))
        var bytes = encoded(sent)
        // Behind the frame's head, code, phase, communicator, culprit and origin.
        let place = LivenessMessage.prefixByteCount + 1 + 2 + 8 + 4 + 4
        #expect(bytes[place] == 24)
        for index in 0..<4 {
            bytes[place + index] = UInt8(truncatingIfNeeded: number >> Int32(8 * index))
        }
        guard case .message(let heard, _) = LivenessMessage.decode(bytes[...], worldSize: 64) else {
            #expect(!isBelieved)
            return
        }
        guard isBelieved, case .abort(let abort) = heard.body else {
            Issue.record("errno \(number) was believed")
            return
        }
        #expect(abort.errorNumber == number && abort.text == "no descriptor left")
    }

    @Test func `an errno that none can be is not sent`() {
        for number in [Int32.min, -1, 4096, .max] {
            let bytes = encoded(
                LivenessMessage(
                    .abort(
                        .init(
                            communicator: 1, code: .system, phase: .idle, culprit: nil, origin: 0,
                            errorNumber: number, text: ""))))
            #expect(LivenessMessage.decode(bytes[...], worldSize: 1) != .malformed)
        }
    }

    @Test func `other versions, kinds and sizes are refused`() {
        var bytes = encoded(Self.examples[6])
        bytes[2] = 2
        #expect(LivenessMessage.decode(bytes[...], worldSize: 64) == .malformed)
        bytes[2] = 1
        bytes[3] = 99
        #expect(LivenessMessage.decode(bytes[...], worldSize: 64) == .malformed)
        #expect(LivenessMessage.decode([0xfd, 0x03, 1], worldSize: 64) == .malformed)
        #expect(LivenessMessage.decode([0, 0, 1, 1], worldSize: 64) == .malformed)
        // A byte too many in the body.
        bytes = encoded(Self.examples[6]) + [0]
        bytes[0] += 1
        #expect(LivenessMessage.decode(bytes[...], worldSize: 64) == .malformed)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `random bytes never crash, and what they mean fits a frame`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            var bytes: [UInt8]
            if Bool.random(using: &random) {
                let count = Int.random(in: 0...1100, using: &random)
                bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
                if bytes.count >= 4, Bool.random(using: &random) {
                    let size = UInt16.random(in: 0...1030, using: &random)
                    bytes[0] = UInt8(truncatingIfNeeded: size)
                    bytes[1] = UInt8(truncatingIfNeeded: size >> 8)
                    bytes[2] = 1
                    bytes[3] = UInt8.random(in: 0...9, using: &random)
                }
            } else {
                bytes = encoded(Self.examples.randomElement(using: &random) ?? Self.examples[0])
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let position = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[position] = UInt8.random(in: 0...255, using: &random)
                }
            }
            switch LivenessMessage.decode(bytes[...], worldSize: 64) {
            case .incomplete, .malformed: continue
            case .message(let message, let byteCount):
                #expect(byteCount <= bytes.count && byteCount <= LivenessMessage.frameByteLimit)
                #expect(encoded(message).count <= LivenessMessage.frameByteLimit)
            }
        }
    }

    @Test(arguments: [
        ("\u{1b}[2J\u{1b}]0;owned\u{7}", "?[2J?]0;owned?"), ("two\r\nlines\tof", "two??lines?of"),
        ("left\u{202e}right\u{2028}\u{85}\u{0}", "left?right???"), ("é – 中文 …", "é – 中文 …"),
    ])
    func `a text from a peer cannot steer a terminal or break a line`(sent: String, read: String) {
        let message = LivenessMessage(
            .abort(
                .init(
                    communicator: 1, code: .aborted, phase: .idle, culprit: nil, origin: 1,
                    text: sent)))
        guard
            case .message(let decoded, _) = LivenessMessage.decode(
                encoded(message)[...], worldSize: 2),
            case .abort(let abort) = decoded.body
        else {
            Issue.record("the message did not arrive")
            return
        }
        #expect(abort.text == read)
    }

    @Test func `long texts are cut between characters`() {
        for filler in ["a", "é", "👩‍👩‍👧", "€"] {
            let text = String(repeating: filler, count: 600)
            let short = AbortCause.shortened(text)
            #expect(short.utf8.count <= AbortCause.messageByteLimit)
            #expect(short.hasSuffix("…") && text.hasPrefix(short.dropLast()))
        }
        #expect(AbortCause.shortened("short") == "short")
    }
}
