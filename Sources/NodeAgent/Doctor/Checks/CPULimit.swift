/// Whether a cgroup's quota will stop the threads of a job in the middle of a collective.
struct CPULimit: Sendable {
    /// A quota of a cgroup.
    struct Quota: Sendable, Hashable {
        var path: String
        /// What the file says.
        var text: String
        var processors: Double
    }

    /// The tightest, of this process's cgroup or one above it.
    var quota: Quota?
    /// Times that it stopped this process's cgroup, since that was made.
    var throttledCount: Int?
    /// Processors that this process may run on.
    var processorCount: Int
    /// Where there is no hierarchy that could be read.
    var problem: String?

    init(_ files: HostFiles, processorCount: Int) {
        self.processorCount = processorCount
        guard let place = Self.place(files) else {
            problem = "/sys/fs/cgroup: neither cgroup v2 nor the v1 cpu controller"
            return
        }
        let folders = Self.folders(from: place)
        quota = folders.compactMap { Self.quota($0, files) }.min { $0.processors < $1.processors }
        throttledCount = folders.first.flatMap { Self.throttledCount($0, files) }
    }

    private struct Place {
        var mount: String
        var path: String
    }

    /// This process's cgroup: the v1 cpu controller where that is in use, else v2.
    private static func place(_ files: HostFiles) -> Place? {
        let rows = files.lines("/proc/self/cgroup").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }.filter { $0.count == 3 }
        let mounts = files.lines("/proc/self/mounts").map { $0.split(separator: " ") }
            .filter { $0.count > 3 }
        if let row = rows.first(where: { $0[1].split(separator: ",").contains("cpu") }),
            let mount = mounts.first(where: {
                $0[2] == "cgroup" && $0[3].split(separator: ",").contains("cpu")
            })
        {
            return Place(mount: String(mount[1]), path: String(row[2]))
        }
        guard let row = rows.first(where: { $0[0] == "0" }),
            let mount = mounts.first(where: { $0[2] == "cgroup2" })
        else { return nil }
        return Place(mount: String(mount[1]), path: String(row[2]))
    }

    /// The cgroup and those above it, from the innermost.
    private static func folders(from place: Place) -> [String] {
        let parts = place.path.split(separator: "/")
        return (0...parts.count).reversed().map { count in
            ([place.mount] + parts.prefix(count).map(String.init)).joined(separator: "/")
        }
    }

    private static func quota(_ folder: String, _ files: HostFiles) -> Quota? {
        if let text = files.text("\(folder)/cpu.max") {
            // `max 100000` or `400000 100000`, in microseconds.
            let words = text.split(separator: " ").map { Double($0) }
            guard words.count == 2, let quota = words[0], let period = words[1], period > 0 else {
                return nil
            }
            return Quota(path: "\(folder)/cpu.max", text: text, processors: quota / period)
        }
        guard let quota = files.integer("\(folder)/cpu.cfs_quota_us"), quota > 0,
            let period = files.integer("\(folder)/cpu.cfs_period_us"), period > 0
        else { return nil }
        return Quota(
            path: "\(folder)/cpu.cfs_quota_us", text: "\(quota) of \(period)",
            processors: Double(quota) / Double(period))
    }

    private static func throttledCount(_ folder: String, _ files: HostFiles) -> Int? {
        let row = files.lines("\(folder)/cpu.stat").first { $0.hasPrefix("nr_throttled ") }
        return row.flatMap { Int($0.dropFirst("nr_throttled ".count)) }
    }
}

extension CPULimit {
    var findings: [Finding] {
        if let problem { return [.unknown(.cpuLimit, "what the cgroup allows", [problem])] }
        let usable = "usable processors: \(processorCount)"
        guard let quota else {
            return [.ok(.cpuLimit, "no quota of a cgroup", [usable])]
        }
        var evidence = ["\(quota.path): \(quota.text)", usable]
        if let throttledCount { evidence.append("cpu.stat: nr_throttled \(throttledCount)") }
        let tenths = (quota.processors * 10).rounded() / 10
        let summary = "a quota of \(tenths) processors' time, on \(processorCount) processors"
        if quota.processors >= Double(processorCount) {
            return [.ok(.cpuLimit, summary, evidence)]
        }
        return [
            .warning(
                .cpuLimit, "\(summary): threads are stopped in the middle of a collective",
                evidence,
                remedy: "give jobs whole processors (a cpuset, or the static CPU manager of "
                    + "Kubernetes) instead of a quota")
        ]
    }
}
