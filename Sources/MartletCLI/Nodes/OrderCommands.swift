import ArgumentParser
import NodeAgent

/// `martlet nodes drain`: no new work for a node.
struct DrainNodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Let a node take no new work.")

    @Argument(help: "The node's id or host name; this host's node where absent.")
    var node: String?

    @Option(help: "Why, for others to read.")
    var reason: String?

    @OptionGroup var place: ControlPlaneOptions

    func validate() throws {
        guard (reason ?? "").utf8.count <= 256 else {
            throw ValidationError("--reason: expected at most 256 bytes")
        }
    }

    func run() throws {
        try Complaint.naming("nodes drain") {
            let orders = try NodeOrders(place)
            let id = try waiting { [node, reason] in
                try await orders.order(.drain, node, reason: reason)
            }
            print("\(id) is asked to drain; 'martlet nodes' shows when it has")
        }
    }
}

/// `martlet nodes resume`: new work for a node that was drained.
struct ResumeNodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a drained node take work again.")

    @Argument(help: "The node's id or host name; this host's node where absent.")
    var node: String?

    @OptionGroup var place: ControlPlaneOptions

    func run() throws {
        try Complaint.naming("nodes resume") {
            let orders = try NodeOrders(place)
            let id = try waiting { [node] in try await orders.order(.resume, node, reason: nil) }
            print("\(id) is asked to take work again")
        }
    }
}

/// `martlet nodes forget`: everything about a node that is gone for good.
struct ForgetNodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Take a node that is gone for good out of the control plane.",
        discussion: """
            Its slots, also those that jobs hold, are gone with it: only say this of a machine whose \
            processes have surely ended. A node that is there is refused.
            """)

    @Argument(help: "The node's id or host name.")
    var node: String

    @OptionGroup var place: ControlPlaneOptions

    func run() throws {
        try Complaint.naming("nodes forget") {
            let orders = try NodeOrders(place)
            let id = try waiting { [node] in try await orders.forget(node) }
            print("\(id) is forgotten")
        }
    }
}
