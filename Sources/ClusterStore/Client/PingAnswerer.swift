internal import NIOCore
internal import NIOSSL

/// Answers the other side's pings before swift-nio-http2 counts them.
///
/// etcd, by way of grpc-go, measures a connection with a ping for nearly every request.
/// swift-nio-http2 takes 200 pings within 30 s for an attack, at a client, too, and nothing sets that
/// limit: the connection would end, and all watches on it, with every two-hundredth call.
final class PingAnswerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let headerByteCount = 9
    private static let pingByteCount = headerByteCount + 8
    /// The first eight bytes of a ping: a length of 8, the type, no flags, and most of stream 0.
    private static let pingHead: UInt64 = 0x0000_0806_0000_0000
    private static let flagsOffset = 4
    private static let acknowledged: UInt8 = 1

    /// The beginning of a frame that may be a ping; shorter than one.
    private var held = ByteBuffer()
    /// What is to come of a frame that is none.
    private var passingByteCount = 0

    /// Puts one between a client's HTTP/2 and what decrypts, where anything does.
    static func enter(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let tls = try? pipeline.handler(type: NIOSSLClientHandler.self) {
                try pipeline.addHandler(PingAnswerer(), position: .after(tls))
            } else {
                try pipeline.addHandler(PingAnswerer(), position: .first)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            held.writeBuffer(&buffer)
            buffer = held
            held = ByteBuffer()
        }
        while true {
            // Pings faster than their answers leave are an attack: they are left to be counted.
            let (passed, hasPing) = scan(buffer, answers: context.channel.isWritable)
            if passed > 0, let others = buffer.readSlice(length: passed) {
                context.fireChannelRead(wrapInboundOut(others))
            }
            guard hasPing, var ping = buffer.readSlice(length: Self.pingByteCount) else { break }
            ping.setInteger(Self.acknowledged, at: ping.readerIndex + Self.flagsOffset)
            context.writeAndFlush(wrapOutboundOut(ping), promise: nil)
        }
        held.writeBuffer(&buffer)
    }

    /// How much comes before the next ping, or before what may be one, and whether one is there.
    private func scan(_ buffer: ByteBuffer, answers: Bool) -> (passed: Int, hasPing: Bool) {
        var passed = 0
        while true {
            let more = min(passingByteCount, buffer.readableBytes - passed)
            passed += more
            passingByteCount -= more
            let start = buffer.readerIndex + passed
            guard passingByteCount == 0,
                let head = buffer.getInteger(at: start, as: UInt64.self),
                let last = buffer.getInteger(at: start + 8, as: UInt8.self)
            else { return (passed, false) }
            if answers, head == Self.pingHead, last == 0 {
                return (passed, buffer.readableBytes - passed >= Self.pingByteCount)
            }
            passingByteCount = Self.headerByteCount + Int(head >> 40)
        }
    }
}
