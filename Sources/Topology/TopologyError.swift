internal import Platform

/// Why a machine's topology is not known at all. What is merely missing is in
/// `HostTopology.unknown`.
package struct TopologyError: Error, Sendable, Hashable {
    package struct Code: Sendable, Hashable {
        private enum Storage: UInt8 {
            case unreadable = 1, syntax, version, content, limit, discovery, redirected
        }
        private let storage: Storage

        /// The file cannot be read.
        package static let unreadable = Code(storage: .unreadable)
        /// The text is no XML, or not all of it.
        package static let syntax = Code(storage: .syntax)
        /// The XML is of a version of hwloc that this one cannot read, or not hwloc's at all.
        package static let version = Code(storage: .version)
        /// The XML contradicts itself.
        package static let content = Code(storage: .content)
        /// The XML is larger than any machine.
        package static let limit = Code(storage: .limit)
        /// hwloc could not look at this host.
        package static let discovery = Code(storage: .discovery)
        /// An environment variable makes hwloc look at something else than this host.
        package static let redirected = Code(storage: .redirected)
    }

    package var code: Code
    /// What is wrong.
    package var message: String
    /// The line of the XML, from 1, where one is to blame.
    package var line: Int?
    /// The errno behind it, positive.
    package var systemCode: Int32?
    /// What an operator can do about it.
    package var remedy: String?

    init(
        _ code: Code, _ message: String, line: Int? = nil, systemCode: Int32? = nil,
        remedy: String? = nil
    ) {
        self.code = code
        self.message = message
        self.line = line
        self.systemCode = systemCode
        self.remedy = remedy
    }

    init(_ error: SystemError) {
        self.init(.unreadable, error.description, systemCode: error.code)
    }
}

extension TopologyError: CustomStringConvertible {
    /// The whole story on one line.
    package var description: String {
        let place = line.map { "line \($0): " } ?? ""
        guard let remedy else { return place + message }
        return "\(place)\(message); \(remedy)"
    }
}
