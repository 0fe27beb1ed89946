/// How a client reaches the store.
package struct StoreClientConfiguration: Sendable {
    /// Paths of PEM files. They are read again when they change: a renewed certificate needs no
    /// restart.
    package struct TLSFiles: Sendable, Hashable {
        /// The certificate of this process, with what leads to the authority.
        package var certificate: String
        package var privateKey: String
        /// The authorities that the store's certificate must come from.
        package var authorities: String

        package init(certificate: String, privateKey: String, authorities: String) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.authorities = authorities
        }
    }

    /// Whose threads do the client's work.
    package enum Threads: Sendable {
        /// The process's, shared with everything else that is asynchronous.
        case shared
        /// One of its own, which no other work can hold up, for what must happen in time.
        case own
    }

    /// One or more members of one store. The client stays with one while it answers.
    package var endpoints: [StoreEndpoint]
    /// Needed by endpoints that are `https`.
    package var tls: TLSFiles?
    /// How long a call may take with all its attempts, where the call does not say.
    package var requestTimeoutSeconds = 5.0
    /// How long one attempt on one endpoint may take.
    package var attemptTimeoutSeconds = 2.0
    /// How long a connection may take to stand, with TLS and HTTP/2.
    package var connectTimeoutSeconds = 1.5
    /// A watch that has heard nothing for so long asks whether the store is there, and gives it
    /// half as long to answer before it goes elsewhere.
    package var watchQuietSeconds = 5.0
    /// Waits after failures: the first, and the longest. Each is drawn from its upper half.
    package var backoffSeconds = 0.1...5.0
    /// Batches that a watch holds for a reader that is slow; then it stops reading.
    package var watchBatchLimit = 16
    package var threads = Threads.shared
    /// The endpoint to begin with; nil draws one, so that many clients spread.
    package var firstEndpoint: Int?
    /// Sent as the user agent, for the store's logs.
    package var name = "martlet"

    package init(endpoints: [StoreEndpoint], tls: TLSFiles? = nil) {
        self.endpoints = endpoints
        self.tls = tls
    }
}
