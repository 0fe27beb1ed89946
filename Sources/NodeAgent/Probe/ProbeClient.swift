internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Platform

/// Asks a node itself whether it is there.
package struct ProbeClient: Sendable {
    private let loop: any EventLoop
    private let tls: ProbeTLS?
    private let configuration: RunningConfiguration
    private var timeoutSeconds: Double { configuration.values.probe.timeoutSeconds }

    package init(thread: AgentThread, tls: ProbeTLS?, configuration: RunningConfiguration) {
        loop = thread.loop
        self.tls = tls
        self.configuration = configuration
    }

    /// Answers within the time-out, in any case.
    ///
    /// - Parameter instance: the process that is looked for; another one that answers does not count.
    package func ask(_ address: String, nodeId: String, instance: String) async -> ProbeOutcome {
        guard let target = HostAndPort(address) else {
            return ProbeOutcome(hasAnswered: false, evidence: "gives no address: \"\(address)\"")
        }
        let nonce = String(hexadecimal: Host.randomBytes(16))
        let exchange = Exchange(loop: loop, nonce: nonce)
        do {
            let line = try await loop.flatSubmit {
                exchange.start(target, tls: tls, timeoutSeconds: timeoutSeconds)
            }.get()
            return judge(line, target, nonce, nodeId: nodeId, instance: instance)
        } catch {
            return ProbeOutcome(
                hasAnswered: false, evidence: "does not answer at \(target): \(text(error))")
        }
    }

    private func judge(
        _ reply: Exchange.Reply, _ target: HostAndPort, _ nonce: String, nodeId: String,
        instance: String
    ) -> ProbeOutcome {
        guard
            let answer = try? CanonicalJSON.decode(ProbeAnswer.self, from: Array(reply.line.utf8)),
            answer.nonce == nonce
        else {
            return ProbeOutcome(
                hasAnswered: false, evidence: "does not answer at \(target): another service does")
        }
        if tls != nil, reply.peerName != nodeId {
            return ProbeOutcome(
                hasAnswered: false,
                evidence: "does not answer at \(target): the certificate there is that of"
                    + " \(reply.peerName ?? "nobody")")
        }
        guard answer.nodeId == nodeId, answer.instance == instance else {
            return ProbeOutcome(
                hasAnswered: false,
                evidence: "does not answer at \(target): another process does")
        }
        return ProbeOutcome(
            hasAnswered: true, evidence: "answers at \(target), and does not renew its lease")
    }

    /// Without what changes from probe to probe, so that a verdict is not rewritten each time.
    private func text(_ error: any Error) -> String {
        switch error {
        case let error as Exchange.Failure: return error.text
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
            return causes.first.map { SystemError.text(of: $0) } ?? "no connection"
        case let error as IOError: return SystemError.text(of: error.errnoCode)
        case is ChannelError: return "no connection within \(timeoutSeconds.plain) s"
        default: return "\(type(of: error))"
        }
    }
}

/// One probe: connects, asks, reads a line, closes.
private final class Exchange: @unchecked Sendable {
    struct Reply: Sendable {
        var line: String
        var peerName: String?
    }

    struct Failure: Error {
        var text: String
    }

    // All but `loop` is touched on `loop` only.
    private let loop: any EventLoop
    private let nonce: String
    private let result: EventLoopPromise<Reply>
    private var channel: (any Channel)?

    init(loop: any EventLoop, nonce: String) {
        self.loop = loop
        self.nonce = nonce
        result = loop.makePromise()
    }

    func start(
        _ target: HostAndPort, tls: ProbeTLS?, timeoutSeconds: Double
    ) -> EventLoopFuture<Reply> {
        let nanoseconds = Int64(timeoutSeconds * 1e9)
        let alarm = loop.scheduleTask(in: .nanoseconds(nanoseconds)) {
            self.result.fail(Failure(text: "no answer within \(timeoutSeconds.plain) s"))
        }
        ClientBootstrap(group: loop)
            .connectTimeout(.nanoseconds(nanoseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.prepare(channel, tls) }
            }
            .connect(host: target.host, port: target.port)
            .whenComplete { self.connected($0) }
        return result.futureResult.always { _ in
            alarm.cancel()
            self.channel?.close(promise: nil)
        }
    }

    private func prepare(_ channel: any Channel, _ tls: ProbeTLS?) throws {
        let pipeline = channel.pipeline.syncOperations
        let secure = try tls?.clientHandler()
        if let secure { try pipeline.addHandler(secure) }
        let (result, name) = (result, secure)
        try pipeline.addHandler(
            LineHandler { _, line in
                guard let line else {
                    return result.fail(Failure(text: "the connection ended"))
                }
                result.succeed(Reply(line: line, peerName: name.flatMap(ProbeTLS.peerName)))
            })
    }

    private func connected(_ outcome: Swift.Result<any Channel, any Error>) {
        switch outcome {
        case .failure(let error): result.fail(error)
        case .success(let channel):
            self.channel = channel
            let request = ByteBuffer(string: "\(ProbeMessage.prefix)\(nonce)\n")
            channel.writeAndFlush(request).whenFailure { self.result.fail($0) }
        }
    }
}
