import ArgumentParser
import ClusterStore
import NodeAgent
import Platform

/// Where the control plane is, for commands that ask it.
struct ControlPlaneOptions: ParsableArguments {
    @Option(
        name: .customLong("control-plane"),
        help: ArgumentHelp(
            "Addresses of the control plane, with commas between them. Without it the agent of "
                + "this host is asked, and without an agent what its configuration names.",
            valueName: "url,..."))
    var controlPlane: String?

    @Option(help: "The cluster's name.")
    var cluster: String?

    @Option(
        help: ArgumentHelp("A certificate for an https control plane.", valueName: "pem"))
    var certificate: String?

    @Option(help: ArgumentHelp("Its private key.", valueName: "pem"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            "The authority that the control plane's certificate is from.", valueName: "pem"))
    var authority: String?

    @Option(
        help: ArgumentHelp(
            "The agent's configuration (default: \(ControlPlaneOptions.configurationPath)).",
            valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The socket of this host's agent.", valueName: "path"))
    var socket: String?

    static let configurationPath = "/etc/martlet/agent.yaml"

    /// What the configuration says, with these options above it.
    func loaded() throws -> LoadedConfiguration {
        let file = try configurationFile()
        let flags: [(flag: String, path: String, value: String?)] = [
            ("--control-plane", "controlPlane.endpoints", controlPlane),
            ("--cluster", "cluster", cluster),
            ("--certificate", "controlPlane.certificateFile", certificate.map(Self.absolute)),
            ("--key", "controlPlane.keyFile", key.map(Self.absolute)),
            ("--authority", "controlPlane.authorityFile", authority.map(Self.absolute)),
            ("--socket", "api.socket", socket.map(Self.absolute)),
        ]
        do throws(AgentError) {
            return try LoadedConfiguration.load(
                file: file, environment: Self.environment,
                flags: flags.compactMap { flag, path, value in value.map { (flag, path, $0) } })
        } catch {
            throw Complaint(error.description)
        }
    }

    /// Nil where there is none, or one that this user may not read: it may name secrets' places.
    private func configurationFile() throws -> (path: String, text: String)? {
        let path = config ?? Self.configurationPath
        do throws(SystemError) {
            let bytes = try FileDescriptor.contents(of: path)
            return (path, String(decoding: bytes, as: UTF8.self))
        } catch {
            guard config != nil else { return nil }
            throw Complaint("--config: \(error)")
        }
    }

    private static var environment: [String: String] {
        var found: [String: String] = [:]
        for entry in Host.environmentEntries {
            let text = String(decoding: entry, as: UTF8.self)
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { found[String(parts[0])] = String(parts[1]) }
        }
        return found
    }

    /// Paths of options count from where the user stands.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        return Host.workingDirectory + "/" + path
    }
}

extension LoadedConfiguration {
    /// Whether somebody named a control plane, more than the default does.
    var namesControlPlane: Bool { origin(of: "controlPlane.endpoints") != .builtIn }

    /// Whether the command line or the environment did.
    var insistsOnControlPlane: Bool {
        switch origin(of: "controlPlane.endpoints") {
        case .flag, .environment: true
        case .builtIn, .file: false
        }
    }

    var certificates: StoreClientConfiguration.TLSFiles? {
        let plane = values.controlPlane
        guard let certificate = plane.certificateFile, let key = plane.keyFile,
            let authorities = plane.authorityFile
        else { return nil }
        return StoreClientConfiguration.TLSFiles(
            certificate: certificate, privateKey: key, authorities: authorities)
    }

    /// A client of the control plane; `endpoints` instead of the configured ones where given.
    func client(endpoints: [String]? = nil) throws -> StoreClient {
        do throws(StoreError) {
            let list = try StoreEndpoint.list(
                (endpoints ?? values.controlPlane.endpoints).joined(separator: ","))
            return try StoreClient(
                configuration: StoreClientConfiguration(endpoints: list, tls: certificates))
        } catch {
            throw Complaint(error.description)
        }
    }
}
