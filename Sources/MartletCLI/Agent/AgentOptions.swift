import ArgumentParser
import NodeAgent

/// The keys of the agent's configuration that have flags of their own, and all others by `--set`.
struct AgentOptions: ParsableArguments {
    @Option(help: "The configuration file, in place of \(LoadedConfiguration.defaultPath).")
    var config: String?

    @Flag(help: "Serve the control plane from this agent.")
    var controller = false

    @Option(
        help: ArgumentHelp(
            "Addresses of the control plane, with commas between them.", valueName: "url,..."))
    var controlPlane: String?

    @Option(help: "The cluster's name.")
    var cluster: String?

    @Option(help: "This node's id, in place of one derived from the machine's.")
    var nodeId: String?

    @Option(help: "Where the agent keeps what must outlive it.")
    var stateDirectory: String?

    @Option(help: "The Unix socket of the local API.")
    var socket: String?

    @Option(help: "How the log is written: text or json.")
    var logFormat: String?

    @Option(help: "What the log has at least: error, warning, notice, info or debug.")
    var logLevel: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Any key of the configuration.", valueName: "key=value"))
    var settings: [String] = []

    mutating func validate() throws {
        for setting in settings where !setting.contains("=") {
            throw ValidationError("--set expects key=value, and got \"\(setting)\"")
        }
    }

    /// In the order in which they count: what has a flag of its own is stronger than `--set`.
    var flags: [(flag: String, path: String, value: String)] {
        var flags = settings.map { setting in
            let key = String(setting.prefix { $0 != "=" })
            return ("--set", key, String(setting.dropFirst(key.count + 1)))
        }
        func add(_ flag: String, _ path: String, _ value: String?) {
            if let value { flags.append((flag, path, value)) }
        }
        add("--controller", "controller.enabled", controller ? "true" : nil)
        add("--control-plane", "controlPlane.endpoints", controlPlane)
        add("--cluster", "cluster", cluster)
        add("--node-id", "nodeId", nodeId)
        add("--state-directory", "stateDirectory", stateDirectory)
        add("--socket", "api.socket", socket)
        add("--log-format", "log.format", logFormat)
        add("--log-level", "log.level", logLevel)
        return flags
    }
}
