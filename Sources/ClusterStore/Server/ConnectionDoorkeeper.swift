internal import Logging
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Keeps connections that have not proved themselves few and short.
///
/// A connection is a stranger's until its TLS handshake is done, where there is TLS, and it has sent
/// what opens HTTP/2. It has two seconds for that, and costs a descriptor meanwhile; there are 64
/// such at most, and one more takes the place of the oldest.
final class ConnectionDoorkeeper: Sendable {
    private static let limit = 64
    private static let patience = TimeAmount.seconds(2)

    private struct State {
        var strangers: [(number: UInt64, channel: any Channel)] = []
        var lastNumber: UInt64 = 0
    }

    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Takes a connection that was just accepted under its eye.
    func receive(_ channel: any Channel) -> EventLoopFuture<Void> {
        let (number, surplus) = state.withLock { state -> (UInt64, (any Channel)?) in
            state.lastNumber += 1
            state.strangers.append((state.lastNumber, channel))
            let isFull = state.strangers.count > Self.limit
            return (state.lastNumber, isFull ? state.strangers.removeFirst().channel : nil)
        }
        surplus?.close(promise: nil)
        let deadline = channel.eventLoop.scheduleTask(in: Self.patience) {
            guard self.forget(number) else { return }
            self.logger.debug(
                "a connection did not prove itself in time",
                metadata: ["event": "store.stranger-dropped"])
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in
            deadline.cancel()
            self.forget(number)
        }
        return channel.eventLoop.makeCompletedFuture {
            let handler = OpeningHandler {
                deadline.cancel()
                self.forget(number)
            }
            let pipeline = channel.pipeline.syncOperations
            if let tls = try? pipeline.handler(type: NIOSSLServerHandler.self) {
                try pipeline.addHandler(handler, position: .after(tls))
            } else {
                try pipeline.addHandler(handler, position: .first)
            }
        }
    }

    /// Says whether the connection was still a stranger's.
    @discardableResult
    private func forget(_ number: UInt64) -> Bool {
        state.withLock { state in
            guard let index = state.strangers.firstIndex(where: { $0.number == number }) else {
                return false
            }
            state.strangers.remove(at: index)
            return true
        }
    }
}

/// Watches the first decrypted bytes of a connection go by, until they are those of an HTTP/2 client:
/// its preface and a whole frame of settings.
private final class OpeningHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let frameHeaderByteCount = 9
    private static let settingsType: UInt8 = 4

    private let onOpen: () -> Void
    private var head: [UInt8] = []
    private var byteCount = 0

    init(onOpen: @escaping () -> Void) {
        self.onOpen = onOpen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        byteCount += buffer.readableBytes
        let wanted = Self.preface.count + Self.frameHeaderByteCount - head.count
        head += buffer.readableBytesView.prefix(wanted)
        context.fireChannelRead(data)
        guard isOpen else { return }
        onOpen()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private var isOpen: Bool {
        let frame = head.dropFirst(Self.preface.count)
        guard frame.count == Self.frameHeaderByteCount, head.starts(with: Self.preface) else {
            return false
        }
        let header = Array(frame)
        let payload = header[..<3].reduce(0) { $0 << 8 | Int($1) }
        return header[3] == Self.settingsType && byteCount >= head.count + payload
    }
}
