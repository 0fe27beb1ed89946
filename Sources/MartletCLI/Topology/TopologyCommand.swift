import ArgumentParser
import Topology

/// `martlet topology`: the machine as the library will see it. Nothing is changed and nobody is met.
struct TopologyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract: "Show processors, memory, accelerators and NICs, and how near they are.",
        discussion: """
            Paths between accelerators and NICs are in NCCL's words: PIX through one PCI switch at \
            most, PXB through several, PHB through the host bridge, NODE between host bridges of \
            one NUMA node, SYS between NUMA nodes.

            What is not known is absent, and the end says why.
            """)

    @Option(help: "Show the machine of this file, made by 'lstopo --of xml FILE'.")
    var input: String?

    @Flag(help: "Ask Linux only, and start no runtime of accelerators.")
    var fast = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: "Also draw the machine, as an SVG picture in this file.")
    var svg: String?

    func run() throws {
        try Complaint.naming("topology") {
            let file = try svg.map { try ReportFile($0, option: "--svg") }
            let topology = try topology()
            // Each form is an extension of TopologyReport in a file of its own.
            let report = TopologyReport(topology: topology)
            try StandardOutput.write(json ? report.json : report.text)
            try file?.write(MachinePicture(topology).document.text)
        }
    }

    private func topology() throws -> HostTopology {
        // Before any thread, and before hwloc first looks at its variables.
        HostTopology.prepareProcess()
        if let input { return try HostTopology.named(input) }
        do {
            return try HostTopology.discover(fast ? .fast : .complete)
        } catch {
            throw Complaint("\(error)")
        }
    }
}
