internal import ClusterStore
package import Logging
internal import Platform

/// What the local API answers to whom. It owns no socket: every answer is a function of the request
/// and the agent's state.
package struct LocalRouter: Sendable {
    /// Where everything is read from, and orders go.
    package struct Sources: Sendable {
        package var status: StatusHolder
        package var requests: AgentRequests
        /// The control plane; nil before the agent knows one.
        package var cluster: @Sendable () -> ClusterReader?

        package init(
            status: StatusHolder, requests: AgentRequests,
            cluster: @escaping @Sendable () -> ClusterReader?
        ) {
            self.status = status
            self.requests = requests
            self.cluster = cluster
        }
    }

    /// How an answer comes about.
    package enum Answer: Sendable {
        /// At once: on the loop that serves, which no other work can hold up.
        case now(LocalResponse)
        /// From the control plane.
        case later(@Sendable () async -> LocalResponse)
        /// A line of JSON for every change.
        case following(ClusterReader)
    }

    let sources: Sources
    let log: Logger
    let traffic: LocalTraffic

    package init(_ sources: Sources, log: Logger, traffic: LocalTraffic = LocalTraffic()) {
        self.sources = sources
        self.log = log
        self.traffic = traffic
    }

    package func answer(_ request: LocalRequest) -> Answer {
        switch request.path {
        case "/livez": get(request) { .now(health.live()) }
        case "/readyz":
            get(request) { .now(health.ready(isVerbose: request.query["verbose"] != nil)) }
        case "/metrics": get(request) { .now(metrics) }
        case _ where request.caller == .network: .now(Self.nothing(request.path))
        case "/v1/status": get(request) { .now(status) }
        case "/v1/record": get(request) { .now(record) }
        case "/v1/nodes": get(request) { nodes(isFollowed: request.query["watch"] != nil) }
        case "/v1/drain", "/v1/resume": post(request) { .now(order(request)) }
        default: .now(Self.nothing(request.path))
        }
    }

    private func get(_ request: LocalRequest, _ answer: () -> Answer) -> Answer {
        guard request.method == "GET" || request.method == "HEAD" else {
            return .now(Self.wrongMethod(request, allow: "GET, HEAD"))
        }
        return answer()
    }

    private func post(_ request: LocalRequest, _ answer: () -> Answer) -> Answer {
        guard request.method == "POST" else {
            return .now(Self.wrongMethod(request, allow: "POST"))
        }
        return answer()
    }

    private static func nothing(_ path: String) -> LocalResponse {
        .failure(404, "notFound", "there is nothing at \(path.prefix(200))")
    }

    private static func wrongMethod(_ request: LocalRequest, allow: String) -> LocalResponse {
        var response = LocalResponse.failure(
            405, "wrongMethod", "\(request.method.prefix(20)) is not for \(request.path)",
            remedy: "use \(allow)")
        response.allow = allow
        return response
    }
}

extension LocalRouter {
    private var health: AgentHealth {
        AgentHealth(sources.status.snapshot, nowNanoseconds: Clock.nowNanoseconds())
    }

    private var metrics: LocalResponse {
        let input = MetricInput(
            status: sources.status.snapshot, nowNanoseconds: Clock.nowNanoseconds(),
            traffic: traffic.snapshot, process: ProcessUsage.current())
        return LocalResponse(
            status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
            body: Array(MetricPage(input).text.utf8))
    }

    private var status: LocalResponse {
        let status = LocalStatus(
            sources.status.snapshot, nowNanoseconds: Clock.nowNanoseconds())
        return Self.encoded(status)
    }

    private var record: LocalResponse {
        guard let record = sources.status.snapshot.record else {
            return .failure(
                503, "notYet", "the agent has not looked at its host yet", remedy: "ask again")
        }
        return .json(200, record.json + [0x0a])
    }

    private func nodes(isFollowed: Bool) -> Answer {
        guard let reader = sources.cluster() else {
            return .now(
                .failure(
                    503, "notYet", "the agent has no control plane yet",
                    remedy: "see 'reason' in /v1/status"))
        }
        if isFollowed { return .following(reader) }
        return .later {
            do throws(StoreError) {
                return Self.encoded(try await reader.listing())
            } catch {
                return .failure(
                    503, error.code.name, "the control plane did not answer: \(error.message)",
                    remedy: error.remedy)
            }
        }
    }

    static func encoded(_ value: some Encodable) -> LocalResponse {
        do {
            return .json(200, try CanonicalJSON.encode(value) + [0x0a])
        } catch {
            return .failure(500, "internal", error.message)
        }
    }

    private struct Order: Decodable {
        var reason: String?
    }

    private func order(_ request: LocalRequest) -> LocalResponse {
        guard request.caller.mayOrder else {
            log.report(
                .apiRefused, "a caller may not ask for \(request.path)",
                ["caller": request.caller.title, "path": request.path])
            return .failure(
                403, "forbidden", "\(request.caller.title) may not ask for this",
                remedy: "run the command as root or as the agent's user")
        }
        guard let reason = Self.reason(request.body) else {
            return .failure(
                400, "invalid", "the body is not {\"reason\":\"…\"} of at most 256 bytes",
                remedy: "send that, or nothing")
        }
        let by = request.caller.title
        let accepted = sources.requests.submit(
            request.path == "/v1/drain" ? .drain(by: by, reason: reason.text) : .resume(by: by))
        guard accepted else {
            return .failure(503, "busy", "the agent is stopping, or too many orders wait")
        }
        return .json(202, Array("{\"accepted\":true}\n".utf8))
    }

    private struct Reason {
        var text: String?
    }

    /// Nil for a body that is wrong.
    private static func reason(_ body: [UInt8]) -> Reason? {
        if body.isEmpty { return Reason(text: nil) }
        guard let order = try? CanonicalJSON.decode(Order.self, from: body) else { return nil }
        guard let text = order.reason else { return Reason(text: nil) }
        return text.utf8.count <= 256 ? Reason(text: text) : nil
    }
}
