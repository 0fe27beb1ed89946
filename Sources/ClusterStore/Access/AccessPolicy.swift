internal import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2
internal import X509

/// Who may do what, by the common name of the certificate that a connection showed.
///
/// - `operator`, and `operator:` with a name behind it: everything
/// - any other name is that of a node: it writes its own keys, the order to itself (whether it takes
///   work is its own word anyway), what it found about others, the freeze, and who probes; it uses
///   its own leases only
/// - all of them read everything
struct AccessPolicy: Sendable {
    private static let operatorName = "operator"
    private static let longestNameByteCount = 128

    let cluster: String
    /// Without TLS there are no certificates, and everybody may do everything.
    let requiresCertificate: Bool

    /// Throws where the connection showed no certificate, or one without a usable name.
    func rights(of context: ServerContext) throws(RPCError) -> Rights {
        guard requiresCertificate else { return .everything }
        let transport = context.transportSpecific as? HTTP2ServerTransport.Posix.Context
        guard let certificate = transport?.peerCertificate else {
            throw RPCError(
                code: .unauthenticated, message: "etcdserver: a client certificate is needed")
        }
        guard let name = certificate.commonName, Self.isUsable(name) else {
            throw .permissionDenied("the certificate's common name is missing or unusable")
        }
        return rights(ofName: name)
    }

    func rights(ofName name: String) -> Rights {
        if name == Self.operatorName || name.hasPrefix("\(Self.operatorName):") {
            return Rights(name: name, isUnlimited: true, writable: [])
        }
        let base = "/martlet/v1/\(cluster)"
        return Rights(
            name: name, isUnlimited: false,
            writable: [
                KeySpan(prefix: "\(base)/nodes/\(name)/"), KeySpan(prefix: "\(base)/verdicts/"),
                KeySpan(key: Data("\(base)/orders/\(name)".utf8)),
                KeySpan(key: Data("\(base)/freeze".utf8)),
                KeySpan(key: Data("\(base)/prober".utf8)),
            ])
    }

    /// A name becomes part of keys, so it must not reach out of its place among them.
    static func isUsable(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= longestNameByteCount
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
    }
}

extension Certificate {
    /// The only one; nil also where there are several.
    var commonName: String? {
        let names = subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
        guard names.count == 1, let name = names.first else { return nil }
        return String(name.value)
    }
}
