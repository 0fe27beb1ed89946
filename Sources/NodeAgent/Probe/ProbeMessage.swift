// A probe is one line each way: `martlet-probe 1 NONCE`, and the JSON of `ProbeAnswer`.

/// What a node answers to a probe: who it is, and the challenge, so that the answer is no echo of an
/// earlier one.
package struct ProbeAnswer: Codable, Sendable, Hashable {
    package var nodeId: String
    /// Absent while the node is not registered.
    package var incarnation: Int?
    package var instance: String
    package var nonce: String

    package init(nodeId: String, incarnation: Int?, instance: String, nonce: String) {
        self.nodeId = nodeId
        self.incarnation = incarnation
        self.instance = instance
        self.nonce = nonce
    }
}

enum ProbeMessage {
    static let prefix = "martlet-probe 1 "
    /// No line of either side is longer.
    static let byteLimit = 512

    /// The challenge of a request; nil for anything else.
    static func nonce(of line: String) -> String? {
        guard line.hasPrefix(prefix) else { return nil }
        let nonce = line.dropFirst(prefix.count)
        guard (1...64).contains(nonce.count), nonce.allSatisfy(\.isHexDigit) else { return nil }
        return String(nonce)
    }
}

/// What a probe met.
package struct ProbeOutcome: Sendable, Hashable {
    /// Whether the process that was asked for answered.
    package var hasAnswered: Bool
    /// The predicate of a sentence about the node.
    package var evidence: String
}
