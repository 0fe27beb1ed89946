internal import NIOCore

/// The connections of a local API, on its one event loop: few, and none that lasts by stalling.
final class ConnectionTable {
    enum State {
        /// A request is to come, or is coming.
        case waiting
        case answering
        case following
    }

    private struct Entry {
        var channel: any Channel
        var state: State
        /// From the first connection on.
        var number: UInt64
    }

    private let limits: LocalLimits
    private let traffic: LocalTraffic
    private var entries: [ObjectIdentifier: Entry] = [:]
    private var lastNumber: UInt64 = 0

    init(limits: LocalLimits, traffic: LocalTraffic) {
        self.limits = limits
        self.traffic = traffic
    }

    /// Enters a connection. Where that is one too many, the oldest of those that wait for a request
    /// ends, else the oldest that follows a listing, else the new one: true when one ended.
    func enter(_ channel: any Channel) -> Bool {
        lastNumber += 1
        entries[ObjectIdentifier(channel)] = Entry(
            channel: channel, state: .waiting, number: lastNumber)
        let count = entries.count
        traffic.update { $0.connectionCount = count }
        guard count > limits.connectionCount, let victim else { return false }
        traffic.update { $0.crowdedCount += 1 }
        leave(victim)
        victim.close(promise: nil)
        return true
    }

    private var victim: (any Channel)? {
        for state in [State.waiting, .following] {
            let oldest = entries.values.filter { $0.state == state && $0.number < lastNumber }
                .min { $0.number < $1.number }
            if let oldest { return oldest.channel }
        }
        return entries.values.max { $0.number < $1.number }?.channel
    }

    func leave(_ channel: any Channel) {
        entries[ObjectIdentifier(channel)] = nil
        let count = entries.count
        traffic.update { $0.connectionCount = count }
    }

    func set(_ state: State, of channel: any Channel) {
        entries[ObjectIdentifier(channel)]?.state = state
    }

    var mayFollow: Bool {
        entries.values.count { $0.state == .following } < limits.watchCount
    }

    func overdue() {
        traffic.update { $0.overdueCount += 1 }
    }

    func closeAll() {
        for entry in entries.values { entry.channel.close(promise: nil) }
    }
}
