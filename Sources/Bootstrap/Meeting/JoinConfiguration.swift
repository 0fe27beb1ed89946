internal import Platform

/// Where the ranks of a job meet.
package enum MeetingPlace: Sendable, Hashable {
    /// Rank 0 listens there.
    case address(host: String, port: UInt16)
    /// Rank 0 writes into this file where it listens; every rank sees the same file.
    case file(path: String)
}

/// What may be said of how a process joins, in code as well as in the environment.
package enum JoinLimits {
    package static let ranks = 0...JoinConfiguration.rankCountLimit - 1
    package static let rankCounts = 1...JoinConfiguration.rankCountLimit
    package static let epochs = 0...Int(UInt32.max)
    package static let secretByteCounts =
        Credentials.secretByteMinimum...Credentials.secretByteLimit
    package static let timeoutSeconds = 0.1...86_400
    package static let operationTimeoutSeconds = 0.001...1e8
    package static let silenceSeconds = 0.1...86_400
}

/// Everything a process needs to find the others.
package struct JoinConfiguration: Sendable {
    package static let rankCountLimit = 65_536

    package var rank: Int
    package var rankCount: Int
    /// The rank among those of this host, as the launcher counts.
    package var localRank: Int?
    /// nil where there is nobody to meet, or rank 0 inherits its listener.
    package var place: MeetingPlace?
    /// What rank 0 was started with; the first meeting of more than one rank takes it over, and later
    /// ones are at `place`.
    package var inheritedListener: InheritedListener?
    package var credentials: Credentials
    /// Counts the attempts of a job; ranks of another epoch are refused.
    package var epoch: UInt32 = 0
    package var timeoutSeconds: Double = 30
    /// Where this rank wants to be reached; nil takes the address of the route to rank 0.
    package var interface: InterfaceChoice?
    /// Ranks with another version are refused by name.
    package var libraryVersion = martletVersion
    /// Reaches every rank in `Member.capabilities`.
    package var capabilities: [UInt8] = []

    package init(
        rank: Int, rankCount: Int, place: MeetingPlace?, credentials: Credentials,
        timeoutSeconds: Double = 30
    ) {
        self.rank = rank
        self.rankCount = rankCount
        self.place = place
        self.credentials = credentials
        self.timeoutSeconds = timeoutSeconds
    }

    /// A job of one process that meets nobody.
    package static func alone(credentials: Credentials) -> JoinConfiguration {
        JoinConfiguration(rank: 0, rankCount: 1, place: nil, credentials: credentials)
    }

    func validate() throws(BootstrapError) {
        let problem: String? =
            if !(1...Self.rankCountLimit).contains(rankCount) {
                "a job has 1 to \(Self.rankCountLimit) ranks, not \(rankCount)"
            } else if !(0..<rankCount).contains(rank) {
                "rank \(rank) is outside 0..<\(rankCount)"
            } else if capabilities.count > Member.capabilityByteLimit {
                "capabilities have at most \(Member.capabilityByteLimit) bytes"
            } else if rankCount > 1, place == nil,
                rank > 0 || inheritedListener?.isAvailable != true
            {
                "rank \(rank) does not know where to meet the others"
            } else {
                nil
            }
        guard let problem else { return }
        throw BootstrapError(
            .invalidConfiguration, problem, phase: .configuration,
            remedy: place == nil
                ? "set MARTLET_MEETING to host:port or file:/path, or MASTER_ADDR and MASTER_PORT"
                : nil)
    }
}

/// What a program itself says of how it joins; nil leaves it to the environment.
package struct JoinConfigurationOptions: Sendable {
    package var rank: Int?
    package var rankCount: Int?
    package var meeting: String?
    package var job: String?
    package var epoch: Int?
    package var secret: [UInt8]?
    package var timeoutSeconds: Double?
    package var interface: String?

    package init() {}
}
