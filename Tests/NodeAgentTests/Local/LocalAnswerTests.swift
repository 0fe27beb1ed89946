import Foundation
import FoundationNetworking
import Platform
import Testing

@testable import NodeAgent

@Suite struct LocalAnswerTests {
    @Test func `liveness answers from the first moment, readiness says what is missing`()
        async throws
    {
        let api = try await LocalAPI()
        let live = try await api.client.ask("GET", "/livez")
        #expect(live.status == 200 && String(decoding: live.body, as: UTF8.self) == "ok\n")
        let early = try await api.client.ask("GET", "/readyz")
        #expect(early.status == 503)
        #expect(String(decoding: early.body, as: UTF8.self).contains("[-] phase: starting"))
        api.status.update {
            $0.lease = .init(
                id: 7, timeToLiveSeconds: 15, renewedNanoseconds: Clock.nowNanoseconds())
        }
        api.status.update { $0.record = Self.record(isPublished: true) }
        api.status.enter(.ready, "registered")
        #expect(try await api.client.ask("GET", "/readyz").status == 200)
        let all = try await api.client.ask("GET", "/readyz?verbose")
        let lines = String(decoding: all.body, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 6 && lines.last == "ready")
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("[+] ") })
        try await api.stop()
    }

    private static func record(isPublished: Bool) -> AgentStatus.Record {
        AgentStatus.Record(
            json: Array("{\"a\":1}".utf8), contentHash: "00", generation: 3,
            isPublished: isPublished,
            slots: NodeRecord.Slots(source: "configuration", total: 8, reserved: 2))
    }

    @Test func `a lease that has run out is not ready, a control plane away for a while is`() {
        let holder = StatusHolder()
        holder.enter(.ready, "registered")
        let now = Clock.nowNanoseconds()
        holder.update { status in
            status.record = Self.record(isPublished: true)
            status.lease = .init(id: 7, timeToLiveSeconds: 15, renewedNanoseconds: now)
            status.controlPlane.unreachableSinceNanoseconds = now
        }
        func ready(after seconds: UInt64) -> Int {
            AgentHealth(holder.snapshot, nowNanoseconds: now + seconds * 1_000_000_000)
                .ready(isVerbose: false).status
        }
        #expect(ready(after: 14) == 200)
        #expect(ready(after: 15) == 503)
    }

    @Test func `status has the documented keys`() async throws {
        let api = try await LocalAPI()
        let bare = try await api.object("/v1/status")
        let always: Set = [
            "schemaVersion", "agentVersion", "processId", "phase", "reason", "phaseSeconds",
            "startedUnixSeconds", "uptimeSeconds", "controlPlane", "conditions", "isProber",
            "counters",
        ]
        #expect(Set(bare.keys) == always)
        #expect(bare["processId"] as? Int == Int(Host.processIdentifier))
        api.status.update { status in
            status.lease = .init(
                id: 0x1f, timeToLiveSeconds: 3600, renewedNanoseconds: Clock.nowNanoseconds())
            status.record = Self.record(isPublished: false)
        }
        let full = try await api.object("/v1/status")
        #expect(Set(full.keys) == always.union(["lease", "record"]))
        let lease = try #require(full["lease"] as? [String: Any])
        #expect(lease["id"] as? String == "1f")
        #expect(lease["timeToLiveSeconds"] as? Int == 3600)
        let remaining = try #require(lease["remainingSeconds"] as? Double)
        #expect(remaining > 0 && remaining <= 3600)
        try await api.stop()
    }

    @Test func `the record is answered as it was written, once there is one`() async throws {
        let api = try await LocalAPI()
        #expect(try await api.client.ask("GET", "/v1/record").status == 503)
        api.status.update { $0.record = Self.record(isPublished: true) }
        let response = try await api.client.ask("GET", "/v1/record")
        #expect(response.status == 200)
        #expect(String(decoding: response.body, as: UTF8.self) == "{\"a\":1}\n")
        try await api.stop()
    }

    @Test func `nodes need a control plane`() async throws {
        let api = try await LocalAPI()
        let response = try await api.client.ask("GET", "/v1/nodes")
        #expect(response.status == 503)
        let error = LocalClient.refusal(response, "/v1/nodes")
        #expect(error.message.contains("no control plane") && error.remedy != nil)
        try await api.stop()
    }

    @Test(arguments: [
        ("GET", "/", 404), ("GET", "/v1", 404), ("POST", "/livez", 405), ("GET", "/v1/drain", 405),
        ("DELETE", "/v1/status", 405), ("HEAD", "/livez", 200),
    ])
    func `what there is not, and what a path does not do, is said`(
        method: String, target: String, status: Int
    ) async throws {
        let api = try await LocalAPI()
        let connection = try api.connect()
        connection.send("\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let text = try #require(try connection.received())
        #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
        #expect((status == 405) == text.contains("\r\nallow: "))
        if method == "HEAD" { #expect(text.hasSuffix("\r\n\r\n")) }
        try await api.stop()
    }

    @Test func `several requests go over one connection, in order`() async throws {
        let api = try await LocalAPI()
        let connection = try api.connect()
        connection.send(
            "GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let text = try #require(try connection.received())
        let states = text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("HTTP/1.1 ") }
            .map { $0.split(separator: " ")[1] }
        #expect(states == ["200", "404", "200"])
        try await api.stop()
    }

    @Test func `over TCP there is the health, and nothing else`() async throws {
        let api = try await LocalAPI(health: "127.0.0.1:0")
        let port = try #require(api.healthPort)
        func status(_ target: String, method: String = "GET") async throws -> Int {
            let url = try #require(URL(string: "http://127.0.0.1:\(port)\(target)"))
            var request = URLRequest(url: url)
            request.httpMethod = method
            let (_, response) = try await URLSession.shared.data(for: request)
            return try #require((response as? HTTPURLResponse)?.statusCode)
        }
        #expect(try await status("/livez") == 200)
        #expect(try await status("/readyz") == 503)
        #expect(try await status("/metrics") == 200)
        for target in ["/v1/status", "/v1/record", "/v1/nodes"] {
            #expect(try await status(target) == 404)
        }
        #expect(try await status("/v1/drain", method: "POST") == 404)
        try await api.stop()
    }
}
