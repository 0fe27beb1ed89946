/// What a connection is for; the first thing that is said on it, and part of what both sides prove.
package struct Purpose: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        /// A rank registers with rank 0.
        case meeting = 1
        /// A rank fetches the roster from its parent.
        case tree
        /// Heartbeats and aborts.
        case liveness
        /// Payload of collectives.
        case data
    }

    package var kind: Kind
    /// The communicator that the connection carries; for a meeting, the token of its file or 0.
    package var communicator: UInt64
    package var epoch: UInt32
    /// The rank that connects.
    package var fromRank: Int
    /// The rank that is meant to answer; another one refuses.
    package var toRank: Int
    /// Tells several connections of the same pair apart.
    package var index: Int

    package init(
        _ kind: Kind, communicator: UInt64 = 0, epoch: UInt32 = 0, fromRank: Int, toRank: Int,
        index: Int = 0
    ) {
        self.kind = kind
        self.communicator = communicator
        self.epoch = epoch
        self.fromRank = fromRank
        self.toRank = toRank
        self.index = index
    }
}

/// The first message: who calls whom, for what, in which job, with a fresh nonce.
struct Hello: Hashable {
    static let nonceByteCount = 32
    static let fixedByteCount = 28 + nonceByteCount
    /// No message of a handshake is longer, in this version or a later one.
    static let bodyLimit = 512

    var purpose: Purpose
    var nonce: [UInt8]
    var job: String

    var frame: Frame {
        var body: [UInt8] = []
        body.append(purpose.kind.rawValue)
        body.append(UInt8(job.utf8.count))
        body.append(littleEndian: UInt16(0))
        body.append(littleEndian: UInt32(truncatingIfNeeded: purpose.index))
        body.append(littleEndian: purpose.communicator)
        body.append(littleEndian: purpose.epoch)
        body.append(littleEndian: UInt32(truncatingIfNeeded: purpose.fromRank))
        body.append(littleEndian: UInt32(truncatingIfNeeded: purpose.toRank))
        body.append(contentsOf: nonce)
        body.append(contentsOf: job.utf8)
        return Frame(kind: .hello, body: body)
    }

    init(purpose: Purpose, nonce: [UInt8], job: String) {
        self.purpose = purpose
        self.nonce = nonce
        self.job = job
    }

    init?(body: [UInt8]) {
        var reader = ByteReader(body)
        guard let kind = reader.read(UInt8.self).flatMap(Purpose.Kind.init),
            let jobByteCount = reader.read(UInt8.self), jobByteCount <= Credentials.jobByteLimit,
            reader.read(UInt16.self) == 0,
            let index = reader.read(UInt32.self), let communicator = reader.read(UInt64.self),
            let epoch = reader.read(UInt32.self), let from = reader.read(UInt32.self),
            let to = reader.read(UInt32.self),
            let nonce = reader.readBytes(count: Self.nonceByteCount),
            reader.remainingByteCount == Int(jobByteCount),
            let name = reader.readBytes(count: Int(jobByteCount)),
            let job = String(validating: name, as: UTF8.self)
        else { return nil }
        purpose = Purpose(
            kind, communicator: communicator, epoch: epoch, fromRank: Int(from), toRank: Int(to),
            index: Int(index))
        self.nonce = nonce
        self.job = job
    }
}
