internal import Bootstrap
internal import Collectives

/// Which transports may carry the links of a rank, and which must.
///
/// Ranks of one host share memory where nothing forbids it and the system lets them; all others speak
/// TCP. Where a pair does not share memory although its ranks are of one host, the log and
/// `describe()` say why.
public struct TransportPolicy: Sendable, Hashable {
    /// What is demanded of one transport.
    public enum Use: String, Sendable, Hashable, CaseIterable {
        /// As the library sees fit.
        case auto
        /// Wherever it works, before others.
        case prefer
        /// Wherever it can work at all, or the link does not open: `sharedMemory` for every pair of
        /// ranks of one host, `tcp` for every pair.
        case require
        /// Nowhere: a pair that has no other transport does not open its link.
        case forbid
    }

    /// Memory that ranks of one host share: `shm`.
    public var sharedMemory: Use
    /// Sockets: `tcp`.
    public var tcp: Use

    /// Shared memory where it works, TCP elsewhere.
    public init(sharedMemory: Use = .auto, tcp: Use = .auto) {
        self.sharedMemory = sharedMemory
        self.tcp = tcp
    }

    /// Reads what `MARTLET_TRANSPORT` may say: `auto`, or transports with commas between them, as
    /// `shm=prefer,tcp=forbid`; a name alone is required. Nil for anything else, and for demands that
    /// contradict each other.
    public init?(text: String) {
        self.init()
        guard text != "auto" else { return }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false)
            guard words.count <= 2, let name = words.first,
                let use = words.count == 2 ? Use(rawValue: String(words[1])) : .require
            else { return nil }
            switch name {
            case "shm": sharedMemory = use
            case "tcp": tcp = use
            default: return nil
            }
        }
        guard isPossible else { return nil }
    }

    /// Whether the demands can be met together.
    public var isPossible: Bool {
        switch (sharedMemory, tcp) {
        case (.require, .require), (.forbid, .forbid): false
        default: true
        }
    }

    /// As `init(text:)` reads it.
    public var text: String { "shm=\(sharedMemory.rawValue),tcp=\(tcp.rawValue)" }

    /// Why a rank with this policy shares no memory with others of its host, nil where it does.
    var refusalOfSharedMemory: String? {
        switch (sharedMemory, tcp) {
        case (.forbid, _): "shared memory is forbidden"
        case (_, .require): "tcp is required"
        case (.auto, .prefer): "tcp is preferred"
        default: nil
        }
    }
}

extension TransportPolicy {
    static let variable = "MARTLET_TRANSPORT"

    /// What the environment demands; nothing where it is silent.
    static func fromEnvironment(
        _ environment: Environment
    ) throws(BootstrapError) -> TransportPolicy {
        guard let text = environment[variable] else { return TransportPolicy() }
        guard let policy = TransportPolicy(text: text) else {
            throw .wrong(
                variable, text,
                expected:
                    "auto, shm, tcp, or such as shm=prefer,tcp=forbid (auto, prefer, require, "
                    + "forbid) without contradiction")
        }
        return policy
    }
}
