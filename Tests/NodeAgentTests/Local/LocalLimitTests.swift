import Platform
import Testing

@testable import NodeAgent

@Suite struct LocalLimitTests {
    private static let request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    /// Also those who stop in the middle of a request.
    @Test func `clients that stall keep nobody else from an answer`() async throws {
        let api = try await LocalAPI()
        let stalled = try (0..<80).map { number in
            let connection = try api.connect()
            if number % 2 == 0 { connection.send("GET /livez HTTP/1.1\r\nHos") }
            return connection
        }
        #expect(await eventually { api.traffic.snapshot.crowdedCount >= 16 })
        #expect(api.traffic.snapshot.connectionCount <= 64)
        // Without `await`: where other tests hold the pool, that would be measured.
        let other = try api.connect()
        other.send(Self.request)
        let answer = try other.received(withinSeconds: 5)
        #expect(answer?.hasPrefix("HTTP/1.1 200 ") == true)
        // The oldest had to go.
        #expect(stalled[0].hasEnded && !stalled[79].hasEnded)
        try await api.stop()
    }

    @Test func `a request that does not come in time ends the connection`() async throws {
        var limits = LocalLimits()
        limits.requestSeconds = 0.2
        let api = try await LocalAPI(limits: limits)
        let silent = try api.connect()
        let slow = try api.connect()
        slow.send("GET /livez HTTP/1.1\r\nHost: x\r\nX-Padding: ")
        #expect(try silent.received() == "")
        #expect(try slow.received() == "")
        #expect(api.traffic.snapshot.overdueCount == 2)
        // One that has been answered may ask again, within the same time.
        let idle = try api.connect()
        idle.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try idle.received()?.hasPrefix("HTTP/1.1 200 ") == true)
        try await api.stop()
    }

    @Test func `a client that does not read is cut off`() async throws {
        var limits = LocalLimits()
        limits.takeSeconds = 0.2
        let api = try await LocalAPI(limits: limits)
        let record = [UInt8](repeating: 0x20, count: 4 << 20)
        api.status.update { status in
            status.record = AgentStatus.Record(
                json: record, contentHash: "", generation: 1, isPublished: true,
                slots: NodeRecord.Slots(source: "configuration", total: 1, reserved: 0))
        }
        let connection = try api.connect()
        connection.send("GET /v1/record HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await eventually { api.traffic.snapshot.overdueCount == 1 })
        #expect(await eventually { api.traffic.snapshot.connectionCount == 0 })
        try await api.stop()
    }

    @Test(arguments: [
        "GET /livez HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "x", count: 9000))\r\n\r\n",
        "GET /livez HTTP/1.1\r\n"
            + (0..<100).map { "X-\($0): y\r\n" }.joined() + "\r\n",
        "nonsense\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}",
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: nonsense\r\n\r\n",
    ])
    func `what is no request, or too large a one, is refused and the connection ended`(
        text: String
    ) async throws {
        let api = try await LocalAPI()
        let connection = try api.connect()
        connection.send(text)
        let answer = try #require(try connection.received())
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
        let next = try api.connect()
        next.send(Self.request)
        #expect(try next.received()?.hasPrefix("HTTP/1.1 200 ") == true)
        try await api.stop()
    }

    @Test func `a connection that comes and goes leaves nothing`() async throws {
        let api = try await LocalAPI()
        _ = try await api.client.ask("GET", "/livez")
        let before = Host.openDescriptorCount
        for _ in 0..<200 {
            let connection = try api.connect()
            connection.send("GET /liv")
        }
        #expect(await eventually { api.traffic.snapshot.connectionCount == 0 })
        // Other tests of this process open and close theirs.
        #expect(await eventually { Host.openDescriptorCount < before + 100 })
        try await api.stop()
    }
}
