import Testing

@testable import NodeAgent

@Suite struct RegistrationTests {
    @Test("A clone is refused while the first answers, and becomes the node when it is dead")
    func clone() throws {
        let cluster = VirtualCluster(seed: 1)
        let first = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        cluster.disks["b"] = cluster.disks["a"]
        let clone = try cluster.start("n", host: "b", boot: "2")
        try cluster.run(seconds: 120)
        #expect(first.registration.standing?.incarnation == 1)
        #expect(clone.registration.standing == nil)
        #expect(clone.registration.lastReport?.phase == .refused)
        cluster.kill(first)
        try cluster.run(seconds: 60)
        #expect(clone.registration.standing?.incarnation == 2)
    }

    @Test("A process that is started again takes its node over at once")
    func restart() throws {
        let cluster = VirtualCluster(seed: 2)
        let first = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        cluster.kill(first)
        let second = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 2)
        #expect(second.registration.standing?.incarnation == 2)
    }

    @Test("After a reboot the node waits for the old lease, and then takes its id over")
    func reboot() throws {
        let cluster = VirtualCluster(seed: 3)
        let first = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        cluster.kill(first)
        let second = try cluster.start("n", host: "a", boot: "2")
        try cluster.run(seconds: 5)
        #expect(second.registration.standing == nil)
        try cluster.run(seconds: 15)
        #expect(second.registration.standing?.incarnation == 2)
    }

    @Test("A node that was robbed while it was stopped finds out and stands back")
    func superseded() throws {
        let cluster = VirtualCluster(seed: 4)
        let first = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        first.isStopped = true
        let second = try cluster.start("n", host: "b", boot: "2")
        try cluster.run(seconds: 40)
        #expect(second.registration.standing?.incarnation == 2)
        try cluster.resume(first)
        try cluster.run(seconds: 20)
        #expect(first.registration.standing == nil)
        #expect(first.registration.lastReport?.phase == .refused)
        #expect(second.registration.standing?.incarnation == 2)
    }

    @Test("An hour without control plane is survived, and made up for within the longest wait")
    func outage() throws {
        let cluster = VirtualCluster(seed: 5)
        let agent = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        cluster.isStoreAway = true
        try cluster.run(seconds: 3600)
        #expect(agent.registration.lastReport?.phase == .registering)
        cluster.isStoreAway = false
        try cluster.run(seconds: 15)
        #expect(agent.registration.standing?.incarnation == 1)
        #expect(cluster.snapshot.nodes.map(\.state) == [.ready])
    }

    @Test("A control plane that has lost everything gets it back, and numbers do not go back")
    func emptied() throws {
        let cluster = VirtualCluster(seed: 6)
        let agent = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        cluster.store = VirtualStore()
        agent.ownCursor = 0
        try cluster.run(seconds: 15)
        #expect(agent.registration.standing?.incarnation == 2)
        #expect(cluster.snapshot.nodes.map(\.state) == [.ready])
    }

    @Test("Stopping leaves a tombstone, and the next start takes it away")
    func departure() throws {
        let cluster = VirtualCluster(seed: 7)
        let agent = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        try cluster.tell(agent, .stop(reason: "test"))
        try cluster.run(seconds: 5)
        #expect(agent.hasFinished)
        #expect(cluster.snapshot.nodes.map(\.state) == [.left])
        try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        #expect(cluster.snapshot.nodes.map(\.state) == [.ready])
        #expect(cluster.snapshot.facts["n"]?.tombstone == nil)
    }

    @Test("Stopping without control plane ends in time, without a tombstone")
    func silentDeparture() throws {
        let cluster = VirtualCluster(seed: 8)
        let agent = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        cluster.isStoreAway = true
        try cluster.tell(agent, .stop(reason: "test"))
        try cluster.run(seconds: 11)
        #expect(agent.hasFinished)
    }

    @Test("Whatever is deleted or changed under the node's keys is written again")
    func healed() throws {
        let cluster = VirtualCluster(seed: 9)
        try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 5)
        for fact in [ClusterKeys.NodeFact.record, .live, .incarnation] {
            for bytes in [nil, Array("{}".utf8), Array("no JSON".utf8)] {
                cluster.store.meddle("\(cluster.keys.node("n"))\(fact.rawValue)", bytes)
                try cluster.run(seconds: 40)
                #expect(
                    cluster.snapshot.nodes.map(\.state) == [.ready],
                    "\(fact) as \(bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nothing")")
                #expect(cluster.snapshot.nodes.first?.problems == [])
            }
        }
    }

    @Test("The record is written only when its content changes, under the next generation")
    func generations() throws {
        let cluster = VirtualCluster(seed: 10)
        let agent = try cluster.start("n", host: "a", boot: "1")
        try cluster.run(seconds: 60)
        let before = try #require(cluster.store.entries[cluster.keys.record("n")])
        try cluster.tell(agent, .content(VirtualCluster.content("n", "1")))
        try cluster.run(seconds: 700)
        #expect(cluster.store.entries[cluster.keys.record("n")] == before)
        try cluster.tell(agent, .content(VirtualCluster.content("n", "another")))
        try cluster.run(seconds: 10)
        #expect(cluster.snapshot.nodes.first?.record?.identity.generation == 2)
        #expect(cluster.snapshot.facts["n"]?.live?.generation == 2)
    }
}
