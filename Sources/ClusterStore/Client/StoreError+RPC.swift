internal import GRPCCore

extension RPCError {
    /// Whether the store said it, rather than the library on this side, about a connection.
    var isAnswerOfStore: Bool {
        switch code {
        case .unavailable, .deadlineExceeded, .cancelled, .internalError, .unknown, .aborted:
            // etcd reports with these that a request got lost between its members, too.
            false
        default: true
        }
    }

    /// The message with those of its causes.
    fileprivate var story: String {
        var parts = [message]
        var cause = self.cause
        while let current = cause {
            let error = current as? RPCError
            let part = error?.message ?? "\(current)"
            if !parts.contains(part) { parts.append(part) }
            cause = error?.cause
        }
        return parts.filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

extension StoreError {
    static let reachRemedy = "check that the control plane runs and that this host reaches it"

    /// What an error of gRPC's means: by etcd's message where it has one, else by its code.
    init(_ error: RPCError, endpoint: StoreEndpoint) {
        let story = error.story
        let known = Self.meanings.first { story.contains($0.text) }
        let code = known?.code ?? Self.code(for: error.code)
        var shown = story
        if shown.hasPrefix("etcdserver: ") { shown.removeFirst("etcdserver: ".count) }
        self.init(
            code, shown.isEmpty ? error.code.description : shown, endpoint: "\(endpoint)",
            remedy: known?.remedy ?? Self.remedy(for: code, story))
    }

    private struct Meaning {
        var text: String
        var code: Code
        var remedy: String?
    }

    /// etcd's messages, which tell apart what its codes do not.
    private static let meanings = [
        Meaning(text: "required revision has been compacted", code: .compacted),
        Meaning(text: "required revision is a future revision", code: .futureRevision),
        Meaning(text: "requested lease not found", code: .leaseNotFound),
        Meaning(text: "lease already exists", code: .leaseExists),
        Meaning(text: "key not found", code: .keyNotFound),
        Meaning(text: "request is too large", code: .requestTooLarge),
        Meaning(text: "too many operations in txn request", code: .requestTooLarge),
        Meaning(
            text: "database space exceeded", code: .noSpace,
            remedy: "free space for the control plane's database, or raise its quota"),
        Meaning(text: "corrupt cluster", code: .corrupt),
    ]

    private static func code(for code: RPCError.Code) -> Code {
        switch code {
        case .invalidArgument: .invalidArgument
        case .notFound: .keyNotFound
        case .permissionDenied: .permissionDenied
        case .unauthenticated: .unauthenticated
        case .resourceExhausted: .overloaded
        case .unimplemented: .unimplemented
        case .dataLoss: .corrupt
        case .unavailable, .internalError, .unknown, .aborted: .unavailable
        case .deadlineExceeded: .deadlineExceeded
        case .cancelled: .unavailable
        default: .refused
        }
    }

    private static func remedy(for code: Code, _ story: String) -> String? {
        switch code {
        case .unavailable where story.contains("CERTIFICATE_VERIFY_FAILED"):
            "the control plane's certificate is not one of the given authorities', or is not for"
                + " this address, or not for today"
        case .unavailable where story.contains("ALERT"):
            "the control plane refuses this node's certificate: check its authority and its dates"
        case .unavailable: reachRemedy
        case .permissionDenied, .unauthenticated:
            "use a certificate whose common name has the right to these keys"
        case .overloaded: "try again later, and see what else uses the control plane"
        default: nil
        }
    }
}
