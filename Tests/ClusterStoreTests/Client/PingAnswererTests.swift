import NIOCore
import NIOEmbedded
import Testing

@testable import ClusterStore

@Suite("Pings of the other side")
struct PingAnswererTests {
    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    private static let data: [UInt8] =
        [0, 0, 20, 0, 1, 0, 0, 0, 3] + [UInt8](repeating: 6, count: 20)
    private static let acknowledgement = ping(5, flags: 1)

    private static func ping(_ payload: UInt8, flags: UInt8 = 0, stream: UInt8 = 0) -> [UInt8] {
        [0, 0, 8, 6, flags, 0, 0, 0, stream] + [UInt8](repeating: payload, count: 8)
    }

    /// What passes a ping answerer, and what it answers.
    private static func play(_ pieces: [[UInt8]]) throws -> (passed: [UInt8], answered: [UInt8]) {
        let channel = EmbeddedChannel(handler: PingAnswerer())
        for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
        var passed: [UInt8] = []
        while let piece = try channel.readInbound(as: ByteBuffer.self) {
            passed += piece.readableBytesView
        }
        var answered: [UInt8] = []
        while let piece = try channel.readOutbound(as: ByteBuffer.self) {
            answered += piece.readableBytesView
        }
        return (passed, answered)
    }

    @Test("are answered, and all else passes, however the bytes are cut")
    func cuts() throws {
        let others = Self.settings + Self.acknowledgement + Self.data
        let bytes =
            Self.settings + Self.ping(1) + Self.acknowledgement + Self.ping(2) + Self.ping(3)
            + Self.data
        let answers = [1, 2, 3].flatMap { Self.ping($0, flags: 1) }
        for pieceByteCount in 1...bytes.count {
            let pieces = stride(from: 0, to: bytes.count, by: pieceByteCount).map {
                Array(bytes[$0..<min($0 + pieceByteCount, bytes.count)])
            }
            let (passed, answered) = try Self.play(pieces)
            #expect(passed == others, "in pieces of \(pieceByteCount)")
            #expect(answered == answers, "in pieces of \(pieceByteCount)")
        }
    }

    @Test("of a stream are none")
    func ofAStream() throws {
        let bytes = Self.ping(1, stream: 3) + Self.data
        let (passed, answered) = try Self.play([bytes])
        #expect(passed == bytes)
        #expect(answered == [])
    }

    @Test("that cannot be answered are left to HTTP/2, which counts them")
    func flood() throws {
        let channel = EmbeddedChannel(handler: PingAnswerer())
        channel.isWritable = false
        try channel.writeInbound(ByteBuffer(bytes: Self.ping(1)))
        #expect(try channel.readInbound(as: ByteBuffer.self) == ByteBuffer(bytes: Self.ping(1)))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }
}
