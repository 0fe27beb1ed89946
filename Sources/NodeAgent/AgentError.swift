/// Why the agent cannot do something.
package struct AgentError: Error, Sendable, Hashable {
    package struct Code: Sendable, Hashable {
        private enum Storage: UInt8 {
            case configuration = 1, invalidValue, refused, system, controlPlane, stopped
        }
        private let storage: Storage

        /// The configuration has a mistake; `message` names its place.
        package static let configuration = Code(storage: .configuration)
        /// A value is not what it should be.
        package static let invalidValue = Code(storage: .invalidValue)
        /// Another machine has this node's id.
        package static let refused = Code(storage: .refused)
        /// The operating system did not do it.
        package static let system = Code(storage: .system)
        /// The control plane did not do it.
        package static let controlPlane = Code(storage: .controlPlane)
        /// The agent is stopping.
        package static let stopped = Code(storage: .stopped)
    }

    package var code: Code
    /// What is wrong, without a full stop.
    package var message: String
    /// The errno behind it, positive.
    package var systemCode: Int32?
    /// What an operator can do about it.
    package var remedy: String?

    package init(
        _ code: Code, _ message: String, systemCode: Int32? = nil, remedy: String? = nil
    ) {
        self.code = code
        self.message = message
        self.systemCode = systemCode
        self.remedy = remedy
    }
}

extension AgentError: CustomStringConvertible {
    /// The whole story on one line.
    package var description: String {
        guard let remedy else { return message }
        return "\(message); \(remedy)"
    }
}
