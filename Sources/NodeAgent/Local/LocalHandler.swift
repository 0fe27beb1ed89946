internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Platform

/// One connection of the local API: takes requests one after the other, and answers each in time, or
/// ends.
final class LocalHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let router: LocalRouter
    private let limits: LocalLimits
    private let table: ConnectionTable
    private let caller: LocalCaller
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var deadline: Scheduled<Void>?
    private var follower: Follower?

    init(
        router: LocalRouter, limits: LocalLimits, table: ConnectionTable, caller: LocalCaller
    ) {
        self.router = router
        self.limits = limits
        self.table = table
        self.caller = caller
    }

    func channelActive(context: ChannelHandlerContext) {
        if table.enter(context.channel) {
            router.log.report(
                .apiCrowded, "more than \(limits.connectionCount) connections: one was ended",
                ["caller": caller.title])
        }
        limit(context, limits.requestSeconds)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        follower?.stop()
        table.leave(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What is no HTTP, or too much of it, was answered by the pipeline's error handler.
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let part):
            guard body.count + part.readableBytes <= limits.bodyBytes else {
                isTooLarge = true
                return
            }
            body += part.readableBytesView
        case .end: if let head = head.take() { answer(context, head) }
        }
    }

    private func answer(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        table.set(.answering, of: context.channel)
        guard !isTooLarge else {
            let message = "the body has more than \(limits.bodyBytes) bytes"
            return write(context, head, .failure(413, "tooLarge", message), closing: true)
        }
        let request = LocalRequest(
            method: head.method.rawValue, target: head.uri, body: body, caller: caller)
        switch router.answer(request) {
        case .now(let response): write(context, head, response)
        case .later(let work): later(context, head, work)
        case .following(let reader): follow(context, head, reader)
        }
    }

    private func later(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead,
        _ work: @escaping @Sendable () async -> LocalResponse
    ) {
        limit(context, limits.answerSeconds)
        let promise = context.eventLoop.makePromise(of: LocalResponse.self)
        promise.completeWithTask { await work() }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { response in
            let (handler, context) = bound.value
            guard context.channel.isActive else { return }
            handler.write(context, head, response)
        }
    }

    /// Ends the connection unless this is called again, or it ended, before then.
    private func limit(_ context: ChannelHandlerContext, _ seconds: Double) {
        deadline?.cancel()
        let bound = NIOLoopBound((table, context.channel), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
            let (table, channel) = bound.value
            table.overdue()
            channel.close(promise: nil)
        }
    }
}

// MARK: - Writing

extension LocalHandler {
    private func write(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ response: LocalResponse,
        closing: Bool = false
    ) {
        let isLast = closing || !head.isKeepAlive
        router.traffic.update { $0.answers[response.status, default: 0] += 1 }
        limit(context, limits.takeSeconds)
        context.write(
            wrapOutboundOut(.head(Self.head(head, response, isLast: isLast))), promise: nil)
        if head.method != .HEAD {
            let buffer = context.channel.allocator.buffer(bytes: response.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { result in
            let (handler, context) = bound.value
            guard case .success = result, !isLast else { return context.close(promise: nil) }
            handler.table.set(.waiting, of: context.channel)
            handler.limit(context, handler.limits.requestSeconds)
        }
    }

    private static func head(
        _ request: HTTPRequestHead, _ response: LocalResponse, isLast: Bool
    ) -> HTTPResponseHead {
        var headers = HTTPHeaders([
            ("content-type", response.contentType),
            ("content-length", "\(response.body.count)"),
            ("cache-control", "no-store"),
        ])
        if let allow = response.allow { headers.add(name: "allow", value: allow) }
        if isLast { headers.add(name: "connection", value: "close") }
        return HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: response.status),
            headers: headers)
    }
}

// MARK: - Following

extension LocalHandler {
    private func follow(
        _ context: ChannelHandlerContext, _ head: HTTPRequestHead, _ reader: ClusterReader
    ) {
        guard table.mayFollow else {
            let message = "more than \(limits.watchCount) callers follow the nodes already"
            return write(context, head, .failure(503, "busy", message), closing: true)
        }
        table.set(.following, of: context.channel)
        deadline?.cancel()
        router.traffic.update { $0.answers[200, default: 0] += 1 }
        let headers = HTTPHeaders([
            ("content-type", "application/x-ndjson"), ("cache-control", "no-store"),
        ])
        let answer = HTTPResponseHead(version: head.version, status: .ok, headers: headers)
        context.writeAndFlush(wrapOutboundOut(.head(answer)), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        follower = Follower(reader) { line in
            await withCheckedContinuation { continuation in
                loop.execute {
                    let (handler, context) = bound.value
                    handler.push(context, line, continuation)
                }
            }
        }
    }

    /// Writes a line, and goes on when the caller took it: one that takes its time gets fewer and
    /// newer ones, and one that takes none for too long is cut off.
    private func push(
        _ context: ChannelHandlerContext, _ line: [UInt8]?,
        _ continuation: CheckedContinuation<Bool, Never>
    ) {
        guard context.channel.isActive else { return continuation.resume(returning: false) }
        guard let line else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            context.close(promise: nil)
            return continuation.resume(returning: false)
        }
        limit(context, limits.takeSeconds)
        let buffer = context.channel.allocator.buffer(bytes: line)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer)))).whenComplete { result in
            bound.value.deadline?.cancel()
            if case .success = result {
                continuation.resume(returning: true)
            } else {
                continuation.resume(returning: false)
            }
        }
    }
}
