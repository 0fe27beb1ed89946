internal import Glibc
internal import Platform

/// What this process uses; nil where /proc does not say.
struct ProcessUsage: Sendable {
    var residentBytes: Int?
    var openDescriptorCount: Int?
    var threadCount: Int?
    var cpuSeconds: Double?

    static func current(_ files: HostFiles = HostFiles()) -> ProcessUsage {
        var usage = ProcessUsage()
        let descriptors = files.names(in: "/proc/self/fd")
        // One of them is the listing's own.
        usage.openDescriptorCount = descriptors.isEmpty ? nil : descriptors.count - 1
        // The fields behind the name, which stands in parentheses and may hold anything.
        guard let text = files.text("/proc/self/stat"), let end = text.lastIndex(of: ")") else {
            return usage
        }
        let fields = text[text.index(after: end)...].split(separator: " ").map { Int($0) }
        guard fields.count > 21, let user = fields[11], let system = fields[12] else {
            return usage
        }
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        if ticks > 0 { usage.cpuSeconds = Double(user + system) / Double(ticks) }
        usage.threadCount = fields[17]
        usage.residentBytes = fields[21].map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
        return usage
    }
}
