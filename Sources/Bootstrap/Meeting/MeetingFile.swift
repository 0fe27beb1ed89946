internal import Platform

/// What rank 0 leaves in the shared file: where it listens, and a token that nobody else's file has.
///
/// Text, so that people can look into it:
///
///     martlet meeting 1
///     token 9f8e...
///     endpoint 10.0.0.1:41234
struct MeetingFile: Hashable {
    static let endpointLimit = 32
    private static let title = "martlet meeting 1"
    private static let byteLimit = 4096

    var token: UInt64
    var endpoints: [SocketAddress]

    init(token: UInt64, endpoints: [SocketAddress]) {
        self.token = token
        self.endpoints = endpoints
    }

    /// nil for any file that no rank 0 has written whole.
    init?(text: String) {
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.count > 2, lines[0] == Self.title, lines[1].hasPrefix("token "),
            let token = UInt64(lines[1].dropFirst(6), radix: 16)
        else { return nil }
        var endpoints: [SocketAddress] = []
        for line in lines.dropFirst(2).prefix(Self.endpointLimit) {
            guard line.hasPrefix("endpoint "),
                case .address(let host, let port)? = MeetingPlace(String(line.dropFirst(9))),
                let endpoint = SocketAddress(digits: host, port: port)
            else { return nil }
            endpoints.append(endpoint)
        }
        self.init(token: token, endpoints: endpoints)
    }

    var text: String {
        let lines =
            [Self.title, "token " + String(token, radix: 16)]
            + endpoints.prefix(Self.endpointLimit).map { "endpoint \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// nil when there is no file, or none that can be believed yet.
    static func read(_ path: String) throws(BootstrapError) -> MeetingFile? {
        do {
            let bytes = try FileDescriptor.contents(of: path, limit: byteLimit)
            return MeetingFile(text: String(decoding: bytes, as: UTF8.self))
        } catch {
            if error.isMissingFile { return nil }
            throw BootstrapError(error, phase: .configuration)
        }
    }

    func write(_ path: String) throws(BootstrapError) {
        try inPhase(.listening) { () throws(SystemError) in
            try FileDescriptor.replaceContents(of: path, with: Array(text.utf8), mode: 0o600)
        }
    }

    /// Removes the file if it is still ours: a later run may have replaced it.
    func remove(_ path: String) {
        guard let present = try? Self.read(path), present == self else { return }
        FileDescriptor.remove(path)
    }
}
