@testable import NodeAgent

/// A process of an agent in virtual time: the real state machines, and what the world does to them.
final class VirtualAgent {
    let nodeId: String
    let host: String
    let instance: String
    let bootId: String
    var registration: Registration
    var prober: Prober
    var predecessor: Registration.Predecessor?

    var isAlive = true
    var isStopped = false
    var hasFinished = false
    /// Since when it has been alive, running, and connected; nil while it is not.
    var healthySince: UInt64?
    var ownCursor: Int64?
    var proberWatch: (scope: Prober.Scope, cursor: Int64)?
    /// What came while it was stopped.
    var backlog: [Delivery] = []

    enum Delivery {
        case registration(Registration.Event)
        case prober(Prober.Event)
        case tick
    }

    init(
        nodeId: String, host: String, instance: String, bootId: String,
        predecessor: Registration.Predecessor?, at now: Moment, seed: UInt64
    ) {
        self.nodeId = nodeId
        self.host = host
        self.instance = instance
        self.bootId = bootId
        self.predecessor = predecessor
        var settings = Registration.Settings(
            cluster: VirtualCluster.name, nodeId: nodeId, bootId: bootId, instance: instance,
            probeAddress: "\(host):1", hostname: host, seed: seed)
        settings.predecessor = predecessor
        settings.retrySeconds = 0.2...10
        registration = Registration(settings, now: now)
        prober = Prober(
            Prober.Settings(cluster: VirtualCluster.name, nodeId: nodeId, seed: seed &+ 1),
            now: now)
    }

    var wakeNanoseconds: UInt64 {
        min(registration.wakeNanoseconds, prober.wakeNanoseconds)
    }
}
