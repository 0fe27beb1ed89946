internal import ClusterStore

extension ConfigurationKey {
    /// Every key there is, in the order of docs/agent.md.
    package static let all: [ConfigurationKey] =
        general + controlPlane + controller + registration + probe + inventory + surface

    private static let name = "1 to 63 letters, digits, dots, dashes and underscores"

    private static let general: [ConfigurationKey] = [
        .text(
            "cluster", \.cluster, name, "The cluster that this node belongs to.",
            where: isName),
        .optionalText(
            "nodeId", \.nodeId, name,
            "This node's id; derived from the machine's id where absent.", where: isName),
        .text(
            "stateDirectory", \.stateDirectory, absolutePath,
            "Where the agent keeps what must outlive it.", where: isPath),
    ]

    private static let controlPlane: [ConfigurationKey] = [
        .list(
            "controlPlane.endpoints", \.controlPlane.endpoints,
            "addresses such as https://host:2379", "The members of the control plane.",
            where: { (try? StoreEndpoint($0)) != nil }),
        .optionalText(
            "controlPlane.certificateFile", \.controlPlane.certificateFile, absolutePath,
            "This node's certificate (PEM); its common name is the node's id.", where: isPath),
        .optionalText(
            "controlPlane.keyFile", \.controlPlane.keyFile, absolutePath,
            "The certificate's private key.", where: isPath),
        .optionalText(
            "controlPlane.authorityFile", \.controlPlane.authorityFile, absolutePath,
            "The authorities that the control plane's certificate must come from.",
            where: isPath),
        .seconds(
            "controlPlane.requestTimeoutSeconds", \.controlPlane.requestTimeoutSeconds,
            0.1...60, "How long a request may take."),
    ]

    private static let controller: [ConfigurationKey] = [
        .boolean(
            "controller.enabled", \.controller.enabled,
            "Whether this agent serves the control plane itself."),
        .text(
            "controller.listen", \.controller.listen, hostAndPort,
            "Where; other addresses than loopback need certificates.", where: isAddress),
        .optionalText(
            "controller.directory", \.controller.directory, absolutePath,
            "Its database; in the state directory where absent.", where: isPath),
        .boolean(
            "controller.allowsPlaintextBeyondLoopback",
            \.controller.allowsPlaintextBeyondLoopback,
            "Whether it may listen on other addresses without certificates: everybody who"
                + " reaches it may then do everything."),
        .optionalText(
            "controller.certificateFile", \.controller.certificateFile, absolutePath,
            "The server's certificate (PEM).", where: isPath),
        .optionalText(
            "controller.keyFile", \.controller.keyFile, absolutePath,
            "The certificate's private key.", where: isPath),
        .optionalText(
            "controller.authorityFile", \.controller.authorityFile, absolutePath,
            "The authorities that clients' certificates must come from.", where: isPath),
    ]

    private static let registration: [ConfigurationKey] = [
        ConfigurationKey(
            path: "registration.leaseSeconds", expectation: "whole seconds from 2 to 3600",
            help: "How long the control plane believes in this node without hearing from it.",
            isReloadable: false, isList: false,
            set: { configuration, text in
                guard let value = Int(text), (2...3600).contains(value) else { return false }
                configuration.registration.leaseSeconds = value
                return true
            }, show: { "\($0.registration.leaseSeconds)" }),
        .seconds(
            "registration.graceSeconds", \.registration.graceSeconds, 1...3600,
            "From the end of another node's lease until it may be called lost.", reloads: true),
        .seconds(
            "registration.recheckSeconds", \.registration.recheckSeconds, 1...86_400,
            "How often the host, and what the control plane has of it, are looked at anew.",
            reloads: true),
        .seconds(
            "registration.departureSeconds", \.registration.departureSeconds, 0...600,
            "How long a stopping agent tries to leave its tombstone.", reloads: true),
        .seconds(
            "registration.retryLimitSeconds", \.registration.retryLimitSeconds, 0.2...600,
            "The longest wait between attempts while the control plane does not answer.",
            reloads: true),
    ]

    private static let probe: [ConfigurationKey] = [
        .text(
            "probe.listen", \.probe.listen, hostAndPort,
            "Where probes of other agents are answered; port 0 takes a free one.",
            where: isAddress),
        .optionalText(
            "probe.advertise", \.probe.advertise, "a host, or host:port",
            "Where others reach that; found by the way to the control plane where absent.",
            where: { !$0.contains(" ") }),
        .seconds(
            "probe.intervalSeconds", \.probe.intervalSeconds, 0.1...600,
            "Between two probes of a node whose lease ended.", reloads: true),
        .seconds(
            "probe.timeoutSeconds", \.probe.timeoutSeconds, 0.1...60,
            "How long a probe waits for its answer.", reloads: true),
    ]

    private static let inventory: [ConfigurationKey] = [
        ConfigurationKey(
            path: "inventory.slots", expectation: "a whole number from 0 to 65536, or nothing",
            help: "Slots of this node; one for each accelerator where absent.",
            isReloadable: true, isList: false,
            set: { configuration, text in
                let value = Int(text)
                guard text.isEmpty || value.map((0...65_536).contains) == true else {
                    return false
                }
                configuration.inventory.slots = value
                return true
            }, show: { $0.inventory.slots.map(String.init) }),
        .seconds(
            "inventory.deviceCheckSeconds", \.inventory.deviceCheckSeconds, 0.1...5,
            "How often devices and ports are looked at.", reloads: true),
        .boolean(
            "inventory.asksRuntimes", \.inventory.asksRuntimes,
            "Whether the runtimes of accelerators are asked for names and memory.", reloads: true),
        .list(
            "inventory.expectedRatesBitsPerSecond", \.inventory.expectedRatesBitsPerSecond,
            "entries such as mlx5_0/1=400000000000",
            "What ports should run at; the fastest seen since the start where absent.",
            reloads: true,
            where: { PortName.expectedRate($0) != nil }),
    ]

    private static let surface: [ConfigurationKey] = [
        .text(
            "api.socket", \.api.socket, absolutePath, "The Unix socket of the local API.",
            where: isPath),
        .text(
            "api.group", \.api.group, name,
            "The group that may use it, beside root and the agent's user.", where: isName),
        .optionalText(
            "health.listen", \.health.listen, hostAndPort,
            "Where health and metrics are served over TCP; nowhere where absent.",
            where: isAddress),
        .text(
            "log.format", \.log.format, "text or json", "How the log is written.", reloads: true,
            where: { ["text", "json"].contains($0) }),
        .text(
            "log.level", \.log.level, "error, warning, notice, info or debug",
            "What the log has at least.", reloads: true,
            where: { ["error", "warning", "notice", "info", "debug"].contains($0) }),
    ]

    // MARK: Checks

    private static let absolutePath = "an absolute path"
    private static let hostAndPort = "HOST:PORT"

    @Sendable private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    @Sendable private static func isPath(_ text: String) -> Bool { text.hasPrefix("/") }

    @Sendable private static func isAddress(_ text: String) -> Bool {
        HostAndPort(text) != nil
    }
}

/// `host:port`, and `[address]:port` for IPv6.
package struct HostAndPort: Sendable, Hashable, CustomStringConvertible {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(" ") else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

extension PortName {
    /// Reads `mlx5_0/1=400000000000`; without a port it is the first.
    static func expectedRate(_ text: String) -> (PortName, Int)? {
        let halves = text.split(separator: "=", omittingEmptySubsequences: false)
        guard halves.count == 2, let rate = Int(halves[1]), rate > 0 else { return nil }
        let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty else { return nil }
        guard let number = parts.count == 2 ? Int(parts[1]) : 1, number >= 1 else { return nil }
        return (PortName(nic: String(parts[0]), number: number), rate)
    }
}
