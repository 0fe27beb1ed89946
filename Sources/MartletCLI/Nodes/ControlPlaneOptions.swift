import ArgumentParser

/// Where the control plane is, for commands that ask it. What is not given here is asked of the
/// agent of this host.
struct ControlPlaneOptions: ParsableArguments {
    @Option(
        name: .customLong("control-plane"),
        help: ArgumentHelp(
            "Addresses of the control plane, with commas between them. Without them, the agent of "
                + "this host is asked.", valueName: "url,..."))
    var controlPlane: String?

    @Option(help: "The cluster's name.")
    var cluster: String?

    @Option(
        help: ArgumentHelp("This user's certificate, for an https control plane.", valueName: "pem")
    )
    var certificate: String?

    @Option(help: ArgumentHelp("Its private key.", valueName: "pem"))
    var key: String?

    @Option(
        help: ArgumentHelp("The authorities of the control plane's certificate.", valueName: "pem"))
    var authorities: String?

    @Option(help: ArgumentHelp("The socket of this host's agent.", valueName: "path"))
    var socket: String?
}
