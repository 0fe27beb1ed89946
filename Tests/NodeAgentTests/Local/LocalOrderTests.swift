import Logging
import Platform
import Testing

@testable import NodeAgent

@Suite struct LocalOrderTests {
    @Test func `the agent's own user may drain and resume, and the agent learns who and why`()
        async throws
    {
        let api = try await LocalAPI()
        let body = Array("{\"reason\":\"new disks\"}".utf8)
        #expect(try await api.client.ask("POST", "/v1/drain", body: body).status == 202)
        #expect(try await api.client.ask("POST", "/v1/resume").status == 202)
        var orders = api.requests.stream.makeAsyncIterator()
        let name = Account.name(ofUser: Account.own) ?? "user \(Account.own)"
        let by = "\(name) (process \(Host.processIdentifier))"
        #expect(await orders.next() == .drain(by: by, reason: "new disks"))
        #expect(await orders.next() == .resume(by: by))
        try await api.stop()
    }

    private func answer(_ caller: LocalCaller, _ target: String) -> LocalRouter.Answer {
        let sources = LocalRouter.Sources(
            status: StatusHolder(), requests: AgentRequests(), cluster: { nil })
        let log = AgentLog(format: .text, level: .critical).logger("test")
        let request = LocalRequest(method: "POST", target: target, caller: caller)
        return LocalRouter(sources, log: log).answer(request)
    }

    @Test(arguments: ["/v1/drain", "/v1/resume"])
    func `others are refused, and told what to do`(target: String) throws {
        let stranger = PeerCredentials(process: 4711, user: Account.own &+ 4711, group: 4711)
        guard case .now(let response) = answer(.process(stranger), target) else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == 403)
        let error = LocalClient.refusal(response, target)
        #expect(error.message.contains("process 4711"))
        #expect(error.remedy?.contains("root") == true)
    }

    @Test func `root may always`() throws {
        let root = PeerCredentials(process: 1, user: 0, group: 0)
        guard case .now(let response) = answer(.process(root), "/v1/drain") else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == 202)
    }

    @Test(arguments: ["{", "[]", "{\"reason\":7}", "nonsense"])
    func `a body that is no reason is refused`(body: String) async throws {
        let api = try await LocalAPI()
        let response = try await api.client.ask("POST", "/v1/drain", body: Array(body.utf8))
        #expect(response.status == 400)
        try await api.stop()
    }

    @Test func `a reason that is too long, and a body, are refused`() async throws {
        let api = try await LocalAPI()
        let reason = String(repeating: "x", count: 257)
        let long = Array("{\"reason\":\"\(reason)\"}".utf8)
        #expect(try await api.client.ask("POST", "/v1/drain", body: long).status == 400)
        let huge = [UInt8](repeating: 0x20, count: 5000)
        #expect(try await api.client.ask("POST", "/v1/drain", body: huge).status == 413)
        try await api.stop()
    }
}
