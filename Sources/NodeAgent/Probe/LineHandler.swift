internal import NIOCore

/// Reads the first line that comes, hands it over, and reads nothing more.
final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var received = ByteBuffer()
    private var isDone = false
    private let take: (ChannelHandlerContext, String?) -> Void

    /// - Parameter take: on the channel's loop, once: the line, or nil when the connection ended or
    ///   sent something else.
    init(_ take: @escaping (ChannelHandlerContext, String?) -> Void) {
        self.take = take
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        var piece = unwrapInboundIn(data)
        received.writeBuffer(&piece)
        let view = received.readableBytesView
        if let end = view.firstIndex(of: UInt8(ascii: "\n")) {
            finish(context, String(decoding: view[..<end], as: UTF8.self))
        } else if view.count > ProbeMessage.byteLimit {
            finish(context, nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(context, nil)
        context.close(promise: nil)
    }

    private func finish(_ context: ChannelHandlerContext, _ line: String?) {
        guard !isDone else { return }
        isDone = true
        take(context, line)
    }
}
