package import Platform

/// Who asks the local API.
package enum LocalCaller: Sendable, Hashable {
    /// A process of this host, over the Unix socket.
    case process(PeerCredentials)
    /// Somebody over TCP, who may see the health alone.
    case network

    /// Whether it may change what the node does: root, and the agent's own user.
    package var mayOrder: Bool {
        guard case .process(let peer) = self else { return false }
        return peer.user == 0 || peer.user == Account.own
    }

    /// `root (process 4711)`
    package var title: String {
        guard case .process(let peer) = self else { return "the network" }
        let user = Account.name(ofUser: peer.user) ?? "user \(peer.user)"
        return peer.process > 0 ? "\(user) (process \(peer.process))" : user
    }
}

/// What is asked of the local API.
package struct LocalRequest: Sendable {
    package var method: String
    package var path: String
    /// What stands behind the question mark, by name; empty for names without a value.
    package var query: [String: String]
    package var body: [UInt8]
    package var caller: LocalCaller

    /// - Parameter target: path and query, as the request line has them.
    package init(
        method: String, target: String, body: [UInt8] = [], caller: LocalCaller
    ) {
        self.method = method
        self.body = body
        self.caller = caller
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(words[0])] = words.count > 1 ? String(words[1]) : ""
        }
    }
}

/// What the local API answers.
package struct LocalResponse: Sendable {
    package var status: Int
    package var contentType: String
    package var body: [UInt8]
    /// Methods that the path does know, with a status of 405.
    package var allow: String?

    package init(status: Int, contentType: String, body: [UInt8], allow: String? = nil) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.allow = allow
    }

    package static func text(_ status: Int, _ text: String) -> LocalResponse {
        LocalResponse(
            status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    package static func json(_ status: Int, _ body: [UInt8]) -> LocalResponse {
        LocalResponse(status: status, contentType: "application/json", body: body)
    }

    /// The object that docs/local-api.md describes: `{"error":{"code":…,"message":…,"remedy":…}}`.
    package static func failure(
        _ status: Int, _ code: String, _ message: String, remedy: String? = nil
    ) -> LocalResponse {
        let error = JSONValue.present([
            ("code", .string(code)), ("message", .string(message)),
            ("remedy", remedy.map(JSONValue.string)),
        ])
        return json(status, Array((JSONValue.object([("error", error)]).line + "\n").utf8))
    }
}
