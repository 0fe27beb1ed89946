import ArgumentParser

/// `martlet nodes`: the nodes of a cluster, and orders to them.
struct NodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "Show the nodes of the cluster, or give one an order.",
        discussion: """
            The states are: ready; draining and drained, which take no new work; suspect, whose \
            lease ended; lost, which did not answer a probe either; left, which went on purpose; \
            unknown. Slots of nodes that are suspect, lost or unknown are neither free nor gone.
            """,
        subcommands: [
            ListNodesCommand.self, DescribeNodeCommand.self, DrainNodeCommand.self,
            ResumeNodeCommand.self, ForgetNodeCommand.self,
        ],
        defaultSubcommand: ListNodesCommand.self)
}
