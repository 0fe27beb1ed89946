internal import Platform

/// A rank's first message to rank 0; who it is stands in the handshake's purpose.
struct Registration: Hashable {
    static let versionByteLimit = 64
    static let bodyLimit = 16 + versionByteLimit + Member.byteLimit

    var rankCount: Int
    /// How long the rank is going to wait, from now: rank 0 gives up no later than the first of them.
    var patienceMilliseconds: UInt32
    var libraryVersion: String
    var member: Member

    var frame: Frame {
        var body: [UInt8] = []
        body.append(littleEndian: UInt32(clamping: rankCount))
        body.append(littleEndian: patienceMilliseconds)
        body.append(text: libraryVersion, limit: Self.versionByteLimit)
        body.append(member: member)
        return Frame(kind: .registration, body: body)
    }

    init(rankCount: Int, patienceMilliseconds: UInt32, libraryVersion: String, member: Member) {
        self.rankCount = rankCount
        self.patienceMilliseconds = patienceMilliseconds
        self.libraryVersion = libraryVersion
        self.member = member
    }

    init?(body: [UInt8], rank: Int) {
        var reader = ByteReader(body)
        guard let rankCount = reader.read(UInt32.self), let patience = reader.read(UInt32.self),
            let version = reader.readText(limit: Self.versionByteLimit),
            let member = reader.readMember(rank: rank), reader.remainingByteCount == 0
        else { return nil }
        self.init(
            rankCount: Int(rankCount), patienceMilliseconds: patience, libraryVersion: version,
            member: member)
    }
}

/// Tells a rank from whom it gets the roster.
struct Assignment: Hashable {
    var parent: Int
    var endpoint: SocketAddress

    var frame: Frame {
        var body: [UInt8] = []
        body.append(littleEndian: UInt32(parent))
        body.append(endpoint: endpoint)
        return Frame(kind: .assignment, body: body)
    }

    init(parent: Int, endpoint: SocketAddress) {
        self.parent = parent
        self.endpoint = endpoint
    }

    init?(body: [UInt8]) {
        var reader = ByteReader(body)
        guard let parent = reader.read(UInt32.self), let endpoint = reader.readEndpoint(),
            reader.remainingByteCount == 0
        else { return nil }
        self.init(parent: Int(parent), endpoint: endpoint)
    }
}

/// All members, in the order of their ranks.
enum Roster {
    static func bodyLimit(rankCount: Int) -> Int { 4 + rankCount * Member.byteLimit }

    static func frame(of members: [Member]) -> Frame {
        var body: [UInt8] = []
        body.append(littleEndian: UInt32(members.count))
        for member in members { body.append(member: member) }
        return Frame(kind: .roster, body: body)
    }

    static func members(body: [UInt8], rankCount: Int) -> [Member]? {
        var reader = ByteReader(body)
        guard let count = reader.read(UInt32.self), Int(count) == rankCount else { return nil }
        var members: [Member] = []
        for rank in 0..<rankCount {
            guard let member = reader.readMember(rank: rank) else { return nil }
            members.append(member)
        }
        return reader.remainingByteCount == 0 ? members : nil
    }
}

/// Why the meeting failed, as rank 0 tells all, or as a rank tells rank 0.
enum Verdict {
    static let textByteLimit = 2000
    static let bodyLimit = 12 + 2 * textByteLimit

    static func frame(of error: BootstrapError) -> Frame {
        var body: [UInt8] = []
        body.append(littleEndian: error.code.rawValue)
        body.append(littleEndian: Int32(clamping: error.culprit ?? -1))
        body.append(text: error.message, limit: textByteLimit)
        body.append(text: error.remedy ?? "", limit: textByteLimit)
        return Frame(kind: .verdict, body: body)
    }

    static func error(body: [UInt8], phase: BootstrapError.Phase) -> BootstrapError? {
        var reader = ByteReader(body)
        guard let code = reader.read(Int32.self), let culprit = reader.read(Int32.self),
            let message = reader.readText(limit: textByteLimit),
            let remedy = reader.readText(limit: textByteLimit), reader.remainingByteCount == 0
        else { return nil }
        return BootstrapError(
            BootstrapError.Code(rawValue: code) ?? .aborted, message.printable, phase: phase,
            culprit: culprit < 0 ? nil : Int(culprit),
            remedy: remedy.isEmpty ? nil : remedy.printable)
    }
}
