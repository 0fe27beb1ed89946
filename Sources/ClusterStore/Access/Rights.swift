internal import FoundationEssentials
internal import GRPCCore

/// What whoever asks may do.
struct Rights: Sendable, Hashable {
    /// The name that its certificate bears; empty without TLS.
    let name: String
    /// May do everything.
    let isUnlimited: Bool
    /// The keys that it may write.
    let writable: [KeySpan]

    /// Without TLS everybody is everything, and the server listens on loopback only.
    static let everything = Rights(name: "", isUnlimited: true, writable: [])

    func mayUseLease(of owner: String) -> Bool { isUnlimited || owner == name }

    func requireWrite(_ span: KeySpan) throws(RPCError) {
        guard !isUnlimited, !writable.contains(where: { $0.contains(span) }) else { return }
        let allowed = writable.map(\.description).joined(separator: ", ")
        throw .permissionDenied(
            "the certificate of \"\(name)\" may not write \(span), "
                + (writable.isEmpty ? "nor anything else" : "only \(allowed)"))
    }

    func requireLease(_ id: Int64, of owner: String) throws(RPCError) {
        guard !mayUseLease(of: owner) else { return }
        throw .permissionDenied(
            "lease \(String(UInt64(bitPattern: id), radix: 16)) is that of \"\(owner)\", "
                + "not of \"\(name)\"")
    }

    func requireOperator(_ what: String) throws(RPCError) {
        guard !isUnlimited else { return }
        throw .permissionDenied("only an operator may \(what), not \"\(name)\"")
    }
}
