internal import GRPCNIOTransportHTTP2
internal import Platform

/// The contents of the certificate files at one moment.
struct TLSMaterial: Hashable, Sendable {
    /// No certificate file is larger; what is, is something else.
    private static let byteLimit = 1 << 20

    private let certificate: [UInt8]
    private let privateKey: [UInt8]
    private let authorities: [UInt8]

    init(reading files: StoreClientConfiguration.TLSFiles) throws(StoreError) {
        certificate = try Self.read(files.certificate, "the certificate")
        privateKey = try Self.read(files.privateKey, "the private key")
        authorities = try Self.read(files.authorities, "the authorities")
    }

    /// Both sides show certificates, and the store's must be for the address that was called.
    var security: HTTP2ClientTransport.Posix.TransportSecurity {
        .mTLS(
            certificateChain: [.bytes(certificate, format: .pem)],
            privateKey: .bytes(privateKey, format: .pem)
        ) { tls in
            tls.trustRoots = .certificates([.bytes(authorities, format: .pem)])
            tls.serverCertificateVerification = .fullVerification
        }
    }

    private static func read(_ path: String, _ what: String) throws(StoreError) -> [UInt8] {
        do {
            return try FileDescriptor.contents(of: path, limit: byteLimit)
        } catch {
            throw StoreError(
                .invalidConfiguration, "\(what) cannot be read: \(error)",
                remedy: "give the path of a PEM file that this user may read")
        }
    }
}
