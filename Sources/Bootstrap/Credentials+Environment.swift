internal import Platform

extension Credentials {
    /// MARTLET_JOB (else torchrun's run id), MARTLET_JOB_SECRET or MARTLET_JOB_SECRET_FILE, and
    /// MARTLET_ALLOW_UNAUTHENTICATED. A job or secret that is given stands in place of its
    /// variables.
    package static func fromEnvironment(
        _ environment: Environment = .process, job: String? = nil, secret: [UInt8]? = nil
    ) throws(BootstrapError) -> Credentials {
        let allowed = try environment.boolean("MARTLET_ALLOW_UNAUTHENTICATED") ?? false
        return try Credentials(
            job: Self.job(job, environment), secret: Self.secret(secret, environment),
            allowsUnauthenticated: allowed)
    }

    private static func job(
        _ given: String?, _ environment: Environment
    ) throws(BootstrapError) -> String {
        if let given { return given }
        let name = environment["MARTLET_JOB"] == nil ? "TORCHELASTIC_RUN_ID" : "MARTLET_JOB"
        let job = environment[name] ?? "default"
        guard job.utf8.count <= jobByteLimit, job == job.printable else {
            throw .wrong(name, job, expected: "at most \(jobByteLimit) printable bytes")
        }
        return job
    }

    private static func secret(
        _ given: [UInt8]?, _ environment: Environment
    ) throws(BootstrapError) -> [UInt8]? {
        if let given { return given }
        if let text = environment["MARTLET_JOB_SECRET"] {
            return try decode(text, from: "MARTLET_JOB_SECRET")
        }
        guard let path = environment["MARTLET_JOB_SECRET_FILE"] else { return nil }
        let text = try contents(ofSecretFile: path)
        return try decode(text, from: "the file of MARTLET_JOB_SECRET_FILE")
    }

    /// Never repeats the text in an error: it is, or nearly is, a secret.
    private static func decode(
        _ text: String, from source: String
    ) throws(BootstrapError) -> [UInt8] {
        let digits = Array(text.utf8)
        let values = digits.compactMap { digit -> UInt8? in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46: digit - 0x41 + 10
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        let range = 2 * secretByteMinimum...2 * secretByteLimit
        guard values.count == digits.count, values.count.isMultiple(of: 2),
            range.contains(values.count)
        else {
            throw BootstrapError(
                .invalidConfiguration,
                "\(source) holds \(digits.count) characters that are not a secret, expected an even "
                    + "number of hexadecimal digits from \(range.lowerBound) to \(range.upperBound)",
                phase: .configuration, remedy: "make one with: openssl rand -hex 32")
        }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func contents(ofSecretFile path: String) throws(BootstrapError) -> String {
        let bytes = try inPhase(.configuration) { () throws(SystemError) in
            try FileDescriptor.privateContents(of: path, limit: 4096)
        }
        guard let bytes else {
            throw BootstrapError(
                .invalidConfiguration,
                "MARTLET_JOB_SECRET_FILE is '\(path.printable)', which is no plain file of this user, "
                    + "or which others may read", phase: .configuration,
                remedy: "chmod 600 it and let its owner run the job")
        }
        return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
    }
}
