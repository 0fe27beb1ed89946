/// The agent's unit of systemd, as its files say: what the agent gets when it is started next.
struct AgentUnit: Sendable {
    static let name = "martlet-agent.service"
    /// From the one that counts least.
    private static let folders = [
        "/usr/lib/systemd/system", "/lib/systemd/system", "/usr/local/lib/systemd/system",
        "/run/systemd/system", "/etc/systemd/system",
    ]

    /// A line that sets a limit, and its file.
    struct Setting: Sendable, Hashable {
        var line: String
        var path: String
        /// Nil when the line cannot be understood.
        var limit: ResourceLimit?
    }

    /// The unit's own file.
    let path: String
    /// By name, such as `LimitMEMLOCK`; the last line that sets it counts.
    private(set) var limits: [String: Setting] = [:]

    /// Nil when no unit is installed.
    init?(_ files: HostFiles) {
        let paths = Self.folders.map { "\($0)/\(Self.name)" }
        guard let path = paths.last(where: files.exists) else { return nil }
        self.path = path
        read(path, files)
        for folder in paths.map({ "\($0).d" }) {
            for name in files.names(in: folder) where name.hasSuffix(".conf") {
                read("\(folder)/\(name)", files)
            }
        }
    }

    private mutating func read(_ path: String, _ files: HostFiles) {
        for line in files.lines(path) where line.hasPrefix("Limit") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            limits[String(parts[0])] = Setting(
                line: String(line), path: path, limit: ResourceLimit(unit: parts[1]))
        }
    }
}
