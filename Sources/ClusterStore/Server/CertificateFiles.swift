internal import GRPCNIOTransportHTTP2
internal import Logging
internal import NIOCertificateReloading
internal import NIOCore
internal import NIOSSL

/// The server's certificate and key, read again when their files change.
struct CertificateFiles: Sendable {
    private let reloader: TimedCertificateReloader
    /// Both sides show certificates; clients' must come from the authorities.
    let security: HTTP2ServerTransport.Posix.TransportSecurity

    /// Throws where a file cannot be read, or certificate and key do not belong together.
    init(
        _ files: StoreServerConfiguration.TLSFiles, checkSeconds: Int64, logger: Logger
    ) throws(StoreError) {
        do {
            reloader = try TimedCertificateReloader.makeReloaderValidatingSources(
                refreshInterval: .seconds(checkSeconds),
                certificateSource: .init(
                    location: .file(path: files.certificate), format: .pem),
                privateKeySource: .init(location: .file(path: files.privateKey), format: .pem),
                logger: logger)
            // Read here, for a file that is missing or empty to be said now and not at each client.
            guard !(try NIOSSLCertificate.fromPEMFile(files.authorities).isEmpty) else {
                throw StoreError(
                    .invalidConfiguration, "\(files.authorities) has no certificate in it")
            }
            security = try .mTLS(certificateReloader: reloader) { tls in
                tls.trustRoots = .certificates([.file(path: files.authorities, format: .pem)])
                tls.requireALPN = true
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(
                .invalidConfiguration, "the store's certificates cannot be used: \(error)",
                remedy: "give PEM files of a certificate, its key, and the authorities")
        }
    }

    /// Looks for changes until its task is cancelled.
    func run() async {
        try? await reloader.run()
    }
}
