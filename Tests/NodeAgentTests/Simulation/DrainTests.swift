import Testing

@testable import NodeAgent

/// Who may end a drain, and which one.
@Suite struct DrainTests {
    private let cluster = VirtualCluster(seed: 11)
    private let agent: VirtualAgent

    init() throws {
        agent = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        #expect(states == [.ready])
    }

    private var states: [NodeState] { cluster.snapshot.nodes.map(\.state) }
    private var order: OrderValue? { cluster.snapshot.facts["n"]?.order }
    private var stored: OrderValue {
        OrderValue(action: .drain, by: "operator", reason: "disks", sinceUnixSeconds: 1)
    }

    private func orderDrain() throws {
        cluster.store.meddle(cluster.keys.order("n"), try CanonicalJSON.encode(stored))
    }

    @Test func `the own host ends what it ordered itself`() throws {
        try cluster.tell(agent, .drain(by: "root", reason: nil))
        try cluster.run(seconds: 5)
        #expect(states == [.drained])
        #expect(agent.registration.lastReport?.reason == "drained by root")
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 5)
        #expect(states == [.ready] && order == nil)
    }

    @Test(arguments: [false, true])
    func `the own host ends what was ordered through the control plane, and itself, too`(
        isBoth: Bool
    ) throws {
        try orderDrain()
        if isBoth { try cluster.tell(agent, .drain(by: "root", reason: nil)) }
        try cluster.run(seconds: 5)
        #expect(states == [.drained])
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 15)
        #expect(states == [.ready])
        #expect(order?.action == .resume && order?.by == "root on a")
    }

    @Test func `an order that the watch has not told yet ends as well`() throws {
        try orderDrain()
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 15)
        #expect(states == [.ready] && order?.action == .resume)
    }

    @Test func `a later order holds`() throws {
        try orderDrain()
        try cluster.run(seconds: 5)
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 15)
        try orderDrain()
        try cluster.run(seconds: 15)
        #expect(states == [.drained] && order == stored)
    }

    @Test func `an order ends when the control plane is back, one given meanwhile does not`() throws
    {
        try orderDrain()
        try cluster.run(seconds: 5)
        cluster.isStoreAway = true
        try cluster.run(seconds: 30)
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 5)
        #expect(order == stored)
        cluster.isStoreAway = false
        try cluster.run(seconds: 30)
        #expect(states == [.ready] && order?.action == .resume)

        cluster.muteHosts = ["a"]
        try cluster.run(seconds: 30)
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 1)
        try orderDrain()
        cluster.muteHosts = []
        try cluster.run(seconds: 30)
        #expect(states == [.drained] && order == stored)
    }

    @Test func `a control plane that gives no right to the order keeps it, and the reason says so`()
        throws
    {
        cluster.deniesOrders = true
        try orderDrain()
        try cluster.run(seconds: 5)
        try cluster.tell(agent, .resume(by: "root"))
        try cluster.run(seconds: 30)
        #expect(states == [.drained] && order == stored)
        let reason = try #require(agent.registration.lastReport?.reason)
        #expect(reason == cluster.snapshot.nodes[0].reason)
        #expect(reason.hasPrefix("drained by operator: disks; only an operator's certificate"))
        // An operator takes it back.
        cluster.store.meddle(cluster.keys.order("n"), nil)
        try cluster.run(seconds: 15)
        #expect(states == [.ready])
    }
}
