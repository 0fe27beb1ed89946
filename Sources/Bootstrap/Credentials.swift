/// What makes a process a member of a job.
package struct Credentials: Sendable, Hashable {
    package static let jobByteLimit = 64
    package static let secretByteMinimum = 16
    package static let secretByteLimit = 1024

    /// Names the job; not secret.
    package let job: String
    /// Proves membership; nil where only processes of this host may meet.
    package let secret: [UInt8]?
    /// Lets peers of other hosts in although there is no secret.
    package let allowsUnauthenticated: Bool

    package init(
        job: String, secret: [UInt8]?, allowsUnauthenticated: Bool = false
    ) throws(BootstrapError) {
        guard !job.isEmpty, job.utf8.count <= Self.jobByteLimit, job == job.printable else {
            throw BootstrapError(
                .invalidConfiguration,
                "a job needs a name of 1 to \(Self.jobByteLimit) printable bytes, "
                    + "not '\(job.cut(toByteCount: 100).printable)'", phase: .configuration)
        }
        if let secret {
            guard (Self.secretByteMinimum...Self.secretByteLimit).contains(secret.count) else {
                throw BootstrapError(
                    .invalidConfiguration,
                    "a job's secret has \(Self.secretByteMinimum) to \(Self.secretByteLimit) bytes, "
                        + "not \(secret.count)", phase: .configuration)
            }
        }
        self.job = job
        self.secret = secret
        self.allowsUnauthenticated = allowsUnauthenticated
    }

    /// The same exchange runs without a secret: then everybody holds the (empty) key.
    var key: [UInt8] { secret ?? [] }

    /// Whether peers of other hosts may be talked to at all.
    var allowsStrangers: Bool { secret != nil || allowsUnauthenticated }

    static let strangerText =
        "without a job secret processes may meet over loopback only"

    static let strangerRemedy =
        "set MARTLET_JOB_SECRET (32 or more hexadecimal digits) to the same value on every rank, "
        + "or MARTLET_ALLOW_UNAUTHENTICATED=1 on a network that you trust"
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A secret must not end up in a log by way of a description.
    package var description: String {
        "job '\(job)' \(secret == nil ? "without a" : "with a") secret"
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["job": job]) }
}
