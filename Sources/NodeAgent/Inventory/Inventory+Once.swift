internal import Topology

extension Inventory {
    /// Looks once, and answers the record that an agent would register: as indented JSON.
    ///
    /// - Parameter machineFile: a file that lstopo exported, in place of this host.
    package static func printed(
        _ configuration: AgentConfiguration, machineFile: String?
    ) throws(AgentError) -> String {
        let topology: HostTopology
        do {
            if let machineFile {
                topology = try HostTopology.importing(path: machineFile)
            } else {
                topology = try HostTopology.discover(.complete)
            }
        } catch {
            throw AgentError(.system, "\(error)")
        }
        let identity = try NodeIdentity.passing(configured: configuration.nodeId)
        var health = DeviceHealth(configuredRates: configuration.inventory.expectedRates)
        health.observe(topology, nowUnixSeconds: WallClock.nowUnixSeconds())
        var builder = RecordBuilder(
            topology: topology,
            facts: .current(hostname: identity.hostname, bootId: identity.bootId),
            nodeId: identity.nodeId, devices: health)
        builder.configuredSlots = configuration.inventory.slots
        return try CanonicalJSON.text(builder.content().record)
    }
}
