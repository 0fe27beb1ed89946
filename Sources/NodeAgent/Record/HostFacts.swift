internal import Platform

/// What a record says of a host besides its topology: what cgroup and limits allow.
package struct HostFacts: Sendable, Hashable {
    package var hostname: String
    package var bootId: String
    /// Of interfaces that are up, without loopback and link-local ones.
    package var addresses: [String]
    /// In processors; nil without a quota.
    package var quotaProcessors: Double?
    /// Nil without a limit.
    package var memoryLimitBytes: Int?
    /// Nil means no limit.
    package var lockedMemoryBytes: Int?
    package var openFiles: Int?

    package init(
        hostname: String, bootId: String, addresses: [String] = [],
        quotaProcessors: Double? = nil, memoryLimitBytes: Int? = nil,
        lockedMemoryBytes: Int? = nil, openFiles: Int? = nil
    ) {
        self.hostname = hostname
        self.bootId = bootId
        self.addresses = addresses
        self.quotaProcessors = quotaProcessors
        self.memoryLimitBytes = memoryLimitBytes
        self.lockedMemoryBytes = lockedMemoryBytes
        self.openFiles = openFiles
    }

    /// Asks this host.
    package static func current(hostname: String, bootId: String) -> HostFacts {
        let files = HostFiles()
        let limits = files.text("/proc/self/limits") ?? ""
        let group = ControlGroup(files)
        return HostFacts(
            hostname: hostname, bootId: bootId, addresses: usefulAddresses(),
            quotaProcessors: group.quotaProcessors, memoryLimitBytes: group.memoryLimitBytes,
            lockedMemoryBytes: bounded(ResourceLimit("Max locked memory", in: limits)),
            openFiles: bounded(ResourceLimit("Max open files", in: limits)))
    }

    private static func bounded(_ limit: ResourceLimit?) -> Int? {
        limit.flatMap { $0.soft == ResourceLimit.unlimited ? nil : Int(clamping: $0.soft) }
    }

    /// Sorted, for the kernel's order says nothing.
    static func usefulAddresses() -> [String] {
        let all = (try? NetworkInterface.all()) ?? []
        let useful = all.filter { interface in
            interface.isUp && interface.name != "lo" && !interface.address.host.hasPrefix("fe80:")
                && !interface.address.host.hasPrefix("169.254.")
        }
        return Array(Set(useful.map(\.address.host))).sorted()
    }
}
