internal import NIOCore
internal import NIOSSL
internal import Platform
internal import SwiftASN1
internal import Synchronization
internal import X509

/// Who may probe and be probed where certificates are configured: both sides show one of the
/// cluster's, and the one that answers must bear the node's name.
package final class ProbeTLS: Sendable {
    /// Paths of PEM files, read again when they are older than a minute: a renewed certificate needs
    /// no restart.
    package struct Files: Sendable, Hashable {
        package var certificate: String
        package var privateKey: String
        package var authorities: String

        package init(certificate: String, privateKey: String, authorities: String) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.authorities = authorities
        }
    }

    private struct Contexts: Sendable {
        var server: NIOSSLContext
        var client: NIOSSLContext
        var expires: Deadline
    }

    private let files: Files
    private let contexts: Mutex<Contexts>

    /// Throws where the files cannot be read or used.
    package init(_ files: Files) throws(AgentError) {
        self.files = files
        contexts = Mutex(try Self.load(files))
    }

    func serverHandler() -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: current().server)
    }

    func clientHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: current().client, serverHostname: nil)
    }

    /// The name that the other side's certificate bears.
    static func peerName(_ handler: NIOSSLHandler) -> String? {
        guard let bytes = try? handler.peerCertificate?.toDERBytes(),
            let certificate = try? Certificate(derEncoded: bytes)
        else { return nil }
        let names = certificate.subject.flatMap { $0 }
            .filter { $0.type == .RDNAttributeType.commonName }
        return names.count == 1 ? names.first.flatMap { String($0.value) } : nil
    }

    private func current() -> Contexts {
        contexts.withLock { contexts in
            // Files that are being replaced may not fit together for a moment: the old stay.
            if contexts.expires.hasPassed, let new = try? Self.load(files) { contexts = new }
            return contexts
        }
    }

    private static func load(_ files: Files) throws(AgentError) -> Contexts {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
                .map { NIOSSLCertificateSource.certificate($0) }
            let key = NIOSSLPrivateKeySource.privateKey(
                try NIOSSLPrivateKey(file: files.privateKey, format: .pem))
            var server = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: key)
            server.trustRoots = .file(files.authorities)
            // Nodes are known by their names in the cluster, not by those of hosts.
            server.certificateVerification = .noHostnameVerification
            var client = TLSConfiguration.makeClientConfiguration()
            client.certificateChain = chain
            client.privateKey = key
            client.trustRoots = .file(files.authorities)
            client.certificateVerification = .noHostnameVerification
            return Contexts(
                server: try NIOSSLContext(configuration: server),
                client: try NIOSSLContext(configuration: client),
                expires: Deadline(secondsFromNow: 60))
        } catch {
            throw AgentError(
                .configuration, "the certificates for probes cannot be used: \(error)",
                remedy: "check controlPlane.certificateFile, keyFile and authorityFile")
        }
    }
}
