internal import Platform
internal import TestSupport

package import ClusterStore

/// An authority of a test's own, and certificates that it gives, made by openssl.
package final class TestCertificates: Sendable {
    private let folder: FolderOwner

    package init(name: String = "martlet-test") throws {
        folder = try FolderOwner()
        try key("ca")
        try openssl(
            "req", "-x509", "-new", "-key", "\(path)/ca.key", "-subj", "/CN=\(name)", "-days", "2",
            "-addext", "basicConstraints=critical,CA:TRUE", "-out", "\(path)/ca.pem")
    }

    package var path: String { folder.path }
    package var authority: String { "\(path)/ca.pem" }

    /// The certificate of a server on this host.
    @discardableResult
    package func server(_ name: String = "server") throws -> StoreClientConfiguration.TLSFiles {
        try issue(
            name, commonName: "localhost",
            extensions: [
                "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1",
                "extendedKeyUsage=serverAuth,clientAuth",
            ])
    }

    /// A client's certificate; `file` names its files where several have the same common name.
    package func client(
        _ commonName: String, file: String? = nil, isExpired: Bool = false
    ) throws -> StoreClientConfiguration.TLSFiles {
        try issue(
            file ?? commonName, commonName: commonName, extensions: ["extendedKeyUsage=clientAuth"],
            isExpired: isExpired)
    }

    private func issue(
        _ name: String, commonName: String, extensions: [String], isExpired: Bool = false
    ) throws -> StoreClientConfiguration.TLSFiles {
        let name = String(name.map { $0 == "/" || $0 == ":" ? "-" : $0 })
        try key(name)
        try openssl(
            "req", "-new", "-key", "\(path)/\(name).key", "-subj", "/CN=\(commonName)", "-out",
            "\(path)/\(name).csr")
        let text = extensions.joined(separator: "\n") + "\n"
        try FileDescriptor.replaceContents(of: "\(path)/\(name).ext", with: Array(text.utf8))
        // A negative number of days makes one that ended yesterday.
        try openssl(
            "x509", "-req", "-in", "\(path)/\(name).csr", "-CA", authority, "-CAkey",
            "\(path)/ca.key", "-set_serial", "\(UInt32.random(in: 1...UInt32.max))", "-days",
            isExpired ? "-1" : "2", "-extfile", "\(path)/\(name).ext", "-out",
            "\(path)/\(name).pem")
        return StoreClientConfiguration.TLSFiles(
            certificate: "\(path)/\(name).pem", privateKey: "\(path)/\(name).key",
            authorities: authority)
    }

    private func key(_ name: String) throws {
        try openssl(
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
            "\(path)/\(name).key")
    }

    private func openssl(_ arguments: String...) throws {
        try ToolProcess.run("openssl", arguments, log: "\(path)/openssl.log")
    }
}

/// A directory whose owner may be shared between tasks.
package final class FolderOwner: @unchecked Sendable {
    // The directory itself is only named and, once, removed.
    private let folder: TemporaryDirectory

    package init() throws {
        folder = try TemporaryDirectory()
    }

    package var path: String { folder.path }
}
