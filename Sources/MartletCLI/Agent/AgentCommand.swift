import ArgumentParser
import Glibc
import Logging
import NodeAgent
import Platform
import Topology

/// `martlet agent`: keeps this host registered with the control plane until it is told to stop.
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Register this host's capacity with the control plane, and keep it registered.",
        discussion: """
            Values come from the configuration file, the environment (MARTLET_AGENT_...) and flags, \
            each stronger than the one before. Any key can be given by --set.

            SIGTERM leaves a tombstone and ends it; a second machine with the same node id is refused \
            while the first answers.
            """)

    @OptionGroup var options: AgentOptions

    @Flag(help: "Say what is wrong with the configuration, and do nothing else.")
    var checkConfig = false

    @Flag(help: "Print every value and where it came from, and do nothing else.")
    var printConfig = false

    @Flag(help: "Print the record that this host would register, and do nothing else.")
    var printRecord = false

    @Option(
        help: ArgumentHelp(
            "With --print-record: of the machine of this file, made by 'lstopo --of xml FILE'.",
            valueName: "file"))
    var input: String?

    func run() throws {
        try Complaint.naming("agent") {
            let loaded = try load()
            if printConfig { return print(loaded.text, terminator: "") }
            if checkConfig { return print("the configuration is good") }
            // Before any thread, and before hwloc first looks at its variables.
            HostTopology.prepareProcess()
            if printRecord { return print(try record(loaded)) }
            Signals.ignore(SIGPIPE)
            try start(loaded)
        }
    }

    private func load() throws -> LoadedConfiguration {
        do {
            return try LoadedConfiguration.ofHost(path: options.config, flags: options.flags)
        } catch {
            throw Complaint("\(error)", exitStatus: 2)
        }
    }

    private func record(_ loaded: LoadedConfiguration) throws -> String {
        do {
            return try Inventory.printed(loaded.values, machineFile: input)
        } catch {
            throw Complaint("\(error)")
        }
    }

    private func start(_ loaded: LoadedConfiguration) throws {
        guard let format = LogFormat(rawValue: loaded.values.log.format),
            let level = Logger.Level(rawValue: loaded.values.log.level)
        else { throw Complaint("log.format or log.level is not known") }
        let (path, flags) = (options.config, options.flags)
        let agent = Agent(
            loaded, log: AgentLog(format: format, level: level),
            options: .init { () throws(AgentError) in
                try LoadedConfiguration.ofHost(path: path, flags: flags)
            })
        do {
            try waiting { try await agent.run() }
        } catch {
            throw Complaint("\(error)")
        }
    }
}
