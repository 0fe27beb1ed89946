/// Where the embedded store keeps its data, where it listens, and whom it lets in.
package struct StoreServerConfiguration: Sendable {
    /// Paths of PEM files. Certificate and key are read again when they change; new authorities need
    /// a restart.
    package struct TLSFiles: Sendable, Hashable {
        /// The server's certificate, with what leads to the authority.
        package var certificate: String
        package var privateKey: String
        /// The authorities that clients' certificates must come from.
        package var authorities: String

        package init(certificate: String, privateKey: String, authorities: String) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.authorities = authorities
        }
    }

    /// The directory of the database; made where it is missing, but not its parents.
    package var directory: String
    /// `127.0.0.1:2379`, `[::1]:0`: numeric, where a port of 0 takes any that is free.
    package var listen: [String]
    /// The cluster's name, as it stands in the keys that nodes may write.
    package var cluster: String
    /// Without it nothing is encrypted and everybody may do everything.
    package var tls: TLSFiles?
    /// Whether a server without TLS may listen on other addresses than loopback.
    package var allowsPlaintextBeyondLoopback = false
    /// How large the database may become; beyond, writes are refused.
    package var databaseByteLimit: Int64 = 2 << 30
    /// How many revisions of history are kept, at least; older ones go by themselves.
    package var keptRevisionCount: Int64 = 100_000
    /// How often changed certificates are looked for.
    package var certificateCheckSeconds: Int64 = 60

    package init(
        directory: String, listen: [String] = ["127.0.0.1:2379"], cluster: String = "default",
        tls: TLSFiles? = nil
    ) {
        self.directory = directory
        self.listen = listen
        self.cluster = cluster
        self.tls = tls
    }
}
