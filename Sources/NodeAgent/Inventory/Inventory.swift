internal import Platform
internal import Synchronization
internal import Topology

/// Looks at the host, again and again, on a thread of its own: hwloc and the runtimes of
/// accelerators block, and must not hold up anything else.
///
/// Every `deviceCheckSeconds` it reads from /sys which devices there are and how their ports stand;
/// when a device came or went, and every `recheckSeconds`, it looks at the whole host anew.
package final class Inventory: Sendable {
    package struct Settings: Sendable, Hashable {
        package var nodeId: String
        package var hostname: String
        package var bootId: String
        package var slots: Int?
        package var expectedRates: [PortName: Int] = [:]
        package var deviceCheckSeconds = 2.0
        package var recheckSeconds = 600.0
        /// Whether the runtimes of accelerators are asked: for their names and memory.
        package var asksRuntimes = true

        package init(nodeId: String, hostname: String, bootId: String) {
            self.nodeId = nodeId
            self.hostname = hostname
            self.bootId = bootId
        }
    }

    /// What a look found.
    package enum Finding: Sendable {
        /// New content of the record, and what is wrong with the host.
        case content(RecordContent)
        /// All is as before.
        case unchanged
        case failed(AgentError)
        /// The devices could not be kept for the agent after this one.
        case notKept(AgentError)
    }

    private let settings: Mutex<Settings>
    private let directory: StateDirectory?
    private let isStopped = Monitor(false)
    private let doctor = Mutex<NodeRecord.DoctorSummary?>(nil)

    /// - Parameter directory: where devices are remembered; nil forgets them with the agent.
    package init(_ settings: Settings, directory: StateDirectory? = nil) {
        self.directory = directory
        self.settings = Mutex(settings)
    }

    /// Looks until `stop`, and tells of every whole look, and of every change between; on the
    /// calling thread, which blocks.
    package func run(_ tell: (Finding) -> Void) {
        let memory = directory?.devices() ?? DeviceMemory()
        var state = State(settings.withLock { $0 }, memory)
        while true {
            if let finding = look(&state) { tell(finding) }
            do throws(AgentError) {
                try keep(&state)
            } catch {
                tell(.notKept(error))
            }
            let pause = Deadline(secondsFromNow: state.settings.deviceCheckSeconds)
            if isStopped.wait(until: pause, { $0 ? true : nil }) != nil { return }
        }
    }

    package func stop() {
        isStopped.update { $0 = true }
    }

    /// Other settings, which count from the next look on.
    package func change(_ new: Settings) {
        settings.withLock { $0 = new }
    }

    /// What the doctor found last; it is in the record from the next look on.
    package func note(doctor summary: NodeRecord.DoctorSummary) {
        doctor.withLock { $0 = summary }
    }

    private struct State {
        var settings: Settings
        var health: DeviceHealth
        var topology: HostTopology?
        var readings: DeviceReadings?
        var contentHash: String?
        var doctor: NodeRecord.DoctorSummary?
        var nextWhole = Deadline(nanoseconds: 0)

        /// What the state directory has.
        var kept: DeviceMemory

        init(_ settings: Settings, _ memory: DeviceMemory) {
            self.settings = settings
            kept = memory
            health = DeviceHealth(configuredRates: settings.expectedRates, memory: memory)
        }

        /// Answers whether there is anything new.
        mutating func take(_ new: Settings) -> Bool {
            guard new != settings else { return false }
            let isLookedAtOtherwise =
                new.asksRuntimes != settings.asksRuntimes
                || new.recheckSeconds != settings.recheckSeconds
            if isLookedAtOtherwise { nextWhole = Deadline(nanoseconds: 0) }
            health.configure(rates: new.expectedRates)
            settings = new
            return true
        }
    }

    /// A failure is told once for each change.
    private func keep(_ state: inout State) throws(AgentError) {
        guard let directory, state.readings != nil, state.health.memory != state.kept else {
            return
        }
        state.kept = state.health.memory
        try directory.remember(state.kept)
    }

    private func look(_ state: inout State) -> Finding? {
        let isTuned = state.take(settings.withLock { $0 })
        let before = state.readings
        let readings = state.topology?.readings()
        let isWhole = readings?.devices != before?.devices || state.nextWhole.hasPassed
        let isNew = isTuned || readings != before || doctor.withLock { $0 } != state.doctor
        guard isWhole || isNew else { return nil }
        do throws(AgentError) {
            if isWhole { try discover(&state) } else { state.readings = readings }
            return try content(&state)
        } catch {
            return .failed(error)
        }
    }

    private func discover(_ state: inout State) throws(AgentError) {
        let settings = state.settings
        state.nextWhole = Deadline(secondsFromNow: settings.recheckSeconds)
        do {
            let topology = try HostTopology.discover(settings.asksRuntimes ? .complete : .fast)
            state.topology = topology
            state.readings = topology.readings()
        } catch {
            throw AgentError(.system, "the host cannot be looked at: \(error)")
        }
    }

    private func content(_ state: inout State) throws(AgentError) -> Finding {
        guard let topology = state.topology, let readings = state.readings else {
            return .unchanged
        }
        let settings = state.settings
        let now = topology.updated(readings)
        state.health.observe(now, nowUnixSeconds: WallClock.nowUnixSeconds())
        var builder = RecordBuilder(
            topology: now,
            facts: .current(hostname: settings.hostname, bootId: settings.bootId),
            nodeId: settings.nodeId, devices: state.health)
        builder.configuredSlots = settings.slots
        state.doctor = doctor.withLock { $0 }
        builder.doctor = state.doctor
        let content = try builder.content()
        guard content.hash != state.contentHash else { return .unchanged }
        state.contentHash = content.hash
        return .content(content)
    }
}
