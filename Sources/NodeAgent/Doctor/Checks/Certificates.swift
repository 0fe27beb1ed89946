internal import ClusterStore
internal import FoundationEssentials
internal import Platform
internal import SwiftASN1
internal import X509

/// The certificate that the agent shows to the control plane: valid, for how long, and kept safe.
struct Certificates: Sendable {
    typealias Paths = StoreClientConfiguration.TLSFiles

    /// What stands in the files.
    struct Facts: Sendable {
        var commonName: String?
        var notBefore: Timestamp
        var notAfter: Timestamp
        /// The authority that runs out first.
        var authorityNotAfter: Timestamp?
        var keyFits: Bool
        /// Why no authority vouches for the certificate; nil when one does.
        var chainProblem: String?
    }

    var paths: Paths?
    /// Of the private key's file.
    var keyMode: UInt32?
    var facts: Facts?
    /// Why there are no facts.
    var problem: String?
    var now: Timestamp
    var nodeId: String?

    init(
        _ paths: Paths?, nodeId: String?, now: Timestamp, _ files: HostFiles = HostFiles()
    ) async {
        self.paths = paths
        self.now = now
        self.nodeId = nodeId
        guard let paths else { return }
        keyMode = (try? FilePath(files.root + paths.privateKey).attributes())?.mode
        do {
            facts = try await Self.read(paths, now, files)
        } catch let error as SystemError {
            problem = "\(error)"
        } catch {
            problem = "\(error)"
        }
    }

    private static func read(
        _ paths: Paths, _ now: Timestamp, _ files: HostFiles
    ) async throws -> Facts {
        let chain = try certificates(paths.certificate, files)
        let authorities = try certificates(paths.authorities, files)
        let key = try Certificate.PrivateKey(pemEncoded: files.contents(paths.privateKey))
        guard let leaf = chain.first else { throw NoCertificate(path: paths.certificate) }
        return Facts(
            commonName: commonName(leaf), notBefore: Timestamp(leaf.notValidBefore),
            notAfter: Timestamp(leaf.notValidAfter),
            authorityNotAfter: authorities.map(\.notValidAfter).min().map(Timestamp.init),
            keyFits: key.publicKey == leaf.publicKey,
            chainProblem: await chainProblem(leaf, chain, authorities))
    }

    private struct NoCertificate: Error, CustomStringConvertible {
        var path: String
        var description: String { "\(path): holds no certificate" }
    }

    private static func certificates(
        _ path: String, _ files: HostFiles
    ) throws -> [Certificate] {
        try PEMDocument.parseMultiple(pemString: files.contents(path))
            .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
            .map { try Certificate(pemDocument: $0) }
    }

    private static func commonName(_ certificate: Certificate) -> String? {
        certificate.subject.lazy.flatMap { $0 }
            .first { $0.type == .RDNAttributeType.commonName }
            .map { "\($0.value)" }
    }

    /// Nothing of a certificate that has expired, or will be valid: times have remedies of their own.
    private static func chainProblem(
        _ leaf: Certificate, _ chain: [Certificate], _ authorities: [Certificate]
    ) async -> String? {
        let now = Date()
        guard leaf.notValidBefore <= now, leaf.notValidAfter >= now else { return nil }
        var verifier = Verifier(rootCertificates: CertificateStore(authorities)) {
            RFC5280Policy()
        }
        let result = await verifier.validate(
            leaf: leaf, intermediates: CertificateStore(chain.dropFirst()))
        switch result {
        case .validCertificate: return nil
        case .couldNotValidate(let failures):
            let first = failures.first.map { ": \($0.policyFailureReason)" } ?? ""
            return "no authority of the file vouches for it\(first)"
        }
    }
}

extension Certificates {
    private static let renewal =
        "make a new one with scripts/make-certs, or renew it where it is "
        + "from; the agent takes it up without a restart"
    /// Time to renew by hand.
    private static let warningSeconds = 14 * 86_400

    var findings: [Finding] {
        guard let paths else {
            return [.ok(.certificates, "none: the control plane is asked without TLS")]
        }
        let files = [paths.certificate, paths.privateKey, paths.authorities]
        guard let facts else {
            return [
                .error(
                    .certificates, "the certificate files cannot be used",
                    files + [problem ?? "unreadable"],
                    remedy: "name PEM files that this user may read, or run the command as the "
                        + "agent's user")
            ]
        }
        let problems =
            [keySafety(paths), keyFit(facts, paths), trust(facts, paths)]
            .compactMap { $0 } + times(facts, paths) + [name(facts, paths)].compactMap { $0 }
        guard problems.isEmpty else { return problems }
        return [
            .ok(
                .certificates,
                "\(facts.commonName ?? "the certificate") is valid until "
                    + "\(facts.notAfter)", files)
        ]
    }

    private func keySafety(_ paths: Paths) -> Finding? {
        guard let keyMode, keyMode & 0o077 != 0 else { return nil }
        let mode = "0" + String(keyMode & 0o777, radix: 8)
        return .error(
            .certificates, "others than its owner may use the private key",
            ["\(paths.privateKey): mode \(mode)"], remedy: "chmod 0600 \(paths.privateKey)")
    }

    private func keyFit(_ facts: Facts, _ paths: Paths) -> Finding? {
        guard !facts.keyFits else { return nil }
        return .error(
            .certificates, "the private key belongs to another certificate",
            [paths.certificate, paths.privateKey], remedy: "put files of one pair there")
    }

    private func trust(_ facts: Facts, _ paths: Paths) -> Finding? {
        guard let problem = facts.chainProblem else { return nil }
        return .error(
            .certificates, "the control plane will not trust the certificate",
            [paths.certificate, paths.authorities, problem],
            remedy: "use the authority that signed it, or have it signed by this one")
    }

    private func times(_ facts: Facts, _ paths: Paths) -> [Finding] {
        let own = expiry("the certificate", facts.notAfter, paths.certificate)
        let authority = facts.authorityNotAfter.flatMap {
            expiry("an authority's certificate", $0, paths.authorities)
        }
        guard facts.notBefore > now else { return [own, authority].compactMap { $0 } }
        return [
            .error(
                .certificates, "the certificate is not valid before \(facts.notBefore)",
                [paths.certificate, "now: \(now)"],
                remedy: "check this host's clock, and that of whoever made the certificate")
        ]
    }

    private func expiry(_ what: String, _ end: Timestamp, _ path: String) -> Finding? {
        let evidence = ["\(path): valid until \(end)", "now: \(now)"]
        let left = (end.milliseconds - now.milliseconds) / 1000
        if left <= 0 {
            return .error(.certificates, "\(what) has expired", evidence, remedy: Self.renewal)
        }
        guard left < Self.warningSeconds else { return nil }
        let days = Quantity.count(left / 86_400, "day")
        return .warning(
            .certificates, "\(what) expires in \(days)", evidence, remedy: Self.renewal)
    }

    /// A certificate opens the keys of the node that it names, and no others.
    private func name(_ facts: Facts, _ paths: Paths) -> Finding? {
        guard let nodeId, facts.commonName != nodeId else { return nil }
        return .error(
            .certificates,
            "the certificate names \(facts.commonName ?? "nobody"), and this node is "
                + nodeId, ["\(paths.certificate): CN \(facts.commonName ?? "absent")"],
            remedy: "make a certificate with CN \(nodeId): the control plane lets a node write its "
                + "own keys only")
    }
}

extension Timestamp {
    init(_ date: Date) {
        self.init(milliseconds: Int(date.timeIntervalSince1970 * 1000))
    }
}
