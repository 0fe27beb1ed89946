/// What the control groups of a process let it use: version 2, or version 1 where the controllers
/// are still mounted apart.
struct ControlGroup {
    /// In processors; nil without a quota.
    let quotaProcessors: Double?
    /// Nil without a limit.
    let memoryLimitBytes: Int?

    /// Of this process, as the files say. The tightest of a group and those it is in holds.
    init(_ files: HostFiles) {
        let groups = Self.groups(files.text("/proc/self/cgroup") ?? "")
        let unified = groups[""].map { Self.chain("/sys/fs/cgroup", $0) } ?? []
        let processor = groups["cpu"].map { Self.chain("/sys/fs/cgroup/cpu", $0) } ?? []
        let memory = groups["memory"].map { Self.chain("/sys/fs/cgroup/memory", $0) } ?? []
        quotaProcessors =
            (unified.map { Self.quota(files.text("\($0)/cpu.max")) }
            + processor.map { Self.quota(files, folder: $0) }).compactMap(\.self).min()
        memoryLimitBytes =
            (unified.map { files.integer("\($0)/memory.max") }
            + memory.map { files.integer("\($0)/memory.limit_in_bytes") })
            .compactMap(\.self).filter { $0 < Self.noLimitBytes }.min()
    }

    /// Version 1 says the largest multiple of a page for "no limit".
    private static let noLimitBytes = 1 << 62

    /// Paths by controller; version 2 has the empty name.
    private static func groups(_ text: String) -> [String: String] {
        var groups: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for name in parts[1].isEmpty ? [""] : parts[1].split(separator: ",") {
                groups[String(name)] = String(parts[2])
            }
        }
        return groups
    }

    /// The folder of a group and of all that it is in.
    private static func chain(_ root: String, _ path: String) -> [String] {
        var folders = [root]
        for part in path.split(separator: "/") {
            folders.append("\(folders[folders.count - 1])/\(part)")
        }
        return folders
    }

    /// `200000 100000`, or `max 100000`.
    private static func quota(_ text: String?) -> Double? {
        guard let words = text?.split(separator: " "), words.count == 2,
            let quota = Double(words[0]), let period = Double(words[1]), period > 0
        else { return nil }
        return quota / period
    }

    private static func quota(_ files: HostFiles, folder: String) -> Double? {
        guard let quota = files.integer("\(folder)/cpu.cfs_quota_us"), quota > 0,
            let period = files.integer("\(folder)/cpu.cfs_period_us"), period > 0
        else { return nil }
        return Double(quota) / Double(period)
    }
}
