import ClusterStore
import Glibc
import Platform
import TestSupport
import Testing

@testable import NodeAgent

/// Certificates that openssl made, each wrong in one way.
@Suite struct CertificateCheckTests {
    private static let directory = Result { try made() }

    /// An authority, another one, and certificates of node-1 by the first.
    private static func made() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let script = """
            set -e; cd \(directory.path)
            for ca in ca other; do
              openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
                -subj /CN=$ca -keyout $ca.key -out $ca.pem
            done
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=node-1 \
              -keyout node.key -out node.csr
            for days in 365 5 -1; do
              openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                -days $days -out node$days.pem
            done
            chmod 0600 *.key
            """
        guard system("( \(script) ) >/dev/null 2>&1") == 0 else {
            throw SystemError(code: EIO, operation: "openssl")
        }
        return directory
    }

    private func findings(
        _ certificate: String = "node365.pem", key: String = "node.key", by: String = "ca.pem",
        node: String? = "node-1"
    ) async throws -> [Finding] {
        let folder = try Self.directory.get().path
        let paths = StoreClientConfiguration.TLSFiles(
            certificate: "\(folder)/\(certificate)", privateKey: "\(folder)/\(key)",
            authorities: "\(folder)/\(by)")
        return await Certificates(paths, nodeId: node, now: .now()).findings
    }

    @Test func `a good certificate is fine until its end`() async throws {
        let findings = try await findings()
        #expect(findings.severities == [.ok], "\(findings)")
        #expect(findings[0].summary.hasPrefix("node-1 is valid until 20"))
    }

    @Test func `no certificate is needed without TLS`() async {
        let findings = await Certificates(nil, nodeId: nil, now: .now()).findings
        #expect(findings.severities == [.ok])
    }

    @Test func `one that ends soon is a warning, one that ended an error`() async throws {
        let soon = try await findings("node5.pem")
        #expect(soon.severities == [.warning])
        #expect(soon[0].summary.hasSuffix("expires in 4 days"))
        let ended = try await findings("node-1.pem")
        #expect(ended.severities == [.error])
        #expect(ended[0].summary.hasSuffix("has expired"))
    }

    @Test func `a foreign authority, key or name is an error each`() async throws {
        let foreign = try await findings(by: "other.pem")
        #expect(foreign.severities == [.error])
        #expect(foreign[0].summary.contains("will not trust"))
        let key = try await findings(key: "ca.key")
        #expect(key.severities == [.error])
        #expect(key[0].summary.contains("another certificate"))
        let name = try await findings(node: "node-2")
        #expect(name.severities == [.error])
        #expect(name[0].evidence[0].hasSuffix("CN node-1"))
    }

    @Test func `a key that others may read is an error`() async throws {
        let folder = try Self.directory.get().path
        system("cp \(folder)/node.key \(folder)/open.key && chmod 0640 \(folder)/open.key")
        let findings = try await findings(key: "open.key")
        #expect(findings.severities == [.error])
        #expect(findings[0].evidence == ["\(folder)/open.key: mode 0640"])
        #expect(findings[0].remedy == "chmod 0600 \(folder)/open.key")
    }

    @Test(arguments: ["absent.pem", "node.csr", "ca.key"])
    func `files that hold no certificate are an error that names them`(
        name: String
    ) async throws {
        let findings = try await findings(name)
        #expect(findings.severities == [.error])
        #expect(findings[0].summary.contains("cannot be used"))
    }
}
