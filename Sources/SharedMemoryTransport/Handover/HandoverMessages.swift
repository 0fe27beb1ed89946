/// What the two ranks of a pair say to each other before they share memory, on the connection on which
/// they have proved themselves.
///
/// A message is its byte count (16 bits), its kind, and its body; numbers are little-endian.
enum HandoverMessage: Equatable {
    /// The first message of either side.
    case offer(HandoverOffer)
    /// The last one: empty where the other's memory was mapped, else why it was not.
    case verdict(refusal: String)

    static let byteLimit = 512
    static let textByteLimit = 300
    private static let offerKind: UInt8 = 1
    private static let verdictKind: UInt8 = 2

    var bytes: [UInt8] {
        var body: [UInt8]
        switch self {
        case .offer(let offer): body = [Self.offerKind] + offer.bytes
        case .verdict(let refusal):
            body = [Self.verdictKind] + Array(refusal.utf8.prefix(Self.textByteLimit))
        }
        let count = body.count
        body.insert(contentsOf: [UInt8(count & 0xff), UInt8(count >> 8)], at: 0)
        return body
    }

    /// The first message of what has arrived, and how many bytes it takes; nil while it is not whole,
    /// and a message of nil where there is none in it.
    static func read(_ bytes: [UInt8]) -> (message: HandoverMessage?, byteCount: Int)? {
        guard bytes.count >= 2 else { return nil }
        let count = Int(bytes[0]) | Int(bytes[1]) << 8
        guard count >= 1, count <= byteLimit else { return (nil, bytes.count) }
        guard bytes.count >= 2 + count else { return nil }
        let body = bytes[3..<2 + count]
        switch bytes[2] {
        case offerKind: return (HandoverOffer(body).map { .offer($0) }, 2 + count)
        case verdictKind:
            return (.verdict(refusal: String(decoding: body, as: UTF8.self)), 2 + count)
        default: return (nil, 2 + count)
        }
    }

    /// How many bytes to read next, so that none behind the message is taken.
    static func missingByteCount(of bytes: [UInt8]) -> Int {
        guard bytes.count >= 2 else { return 2 - bytes.count }
        return max(0, 2 + (Int(bytes[0]) | Int(bytes[1]) << 8) - bytes.count)
    }
}

/// What a rank says of itself.
struct HandoverOffer: Equatable {
    static let tokenByteCount = 16
    /// What fits into the address of a Unix-domain socket.
    static let nameByteLimit = 107

    /// Why it does not want to share memory, empty where it does.
    var refusal: String
    /// Its threads can be made to order their stores by the other's barrier, and the reverse.
    var hasBarrier: Bool
    var ringByteCount: Int
    /// Comes with the descriptor that the other passes, so that no stranger's is taken for it.
    var token: [UInt8]
    /// Of the socket at which it waits for that.
    var socketName: [UInt8]

    var bytes: [UInt8] {
        let ring = UInt32(ringByteCount)
        var bytes: [UInt8] = [UInt8(SegmentLayout.version), hasBarrier ? 1 : 0]
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: ring >> (8 * $0)) }
        bytes += token
        bytes.append(UInt8(socketName.count))
        bytes += socketName
        return bytes + Array(refusal.utf8.prefix(HandoverMessage.textByteLimit))
    }
}

extension HandoverOffer {
    /// Nil where the bytes are no offer of this version.
    init?(_ bytes: ArraySlice<UInt8>) {
        let fixed = 7 + Self.tokenByteCount
        guard bytes.count >= fixed, bytes[bytes.startIndex] == UInt8(SegmentLayout.version) else {
            return nil
        }
        let all = Array(bytes)
        let nameEnd = fixed + Int(all[fixed - 1])
        guard nameEnd <= all.count, Int(all[fixed - 1]) <= Self.nameByteLimit else { return nil }
        let ring = all[2..<6].reversed().reduce(0) { $0 << 8 | Int($1) }
        self.init(
            refusal: String(decoding: all[nameEnd...], as: UTF8.self), hasBarrier: all[1] & 1 != 0,
            ringByteCount: ring, token: Array(all[6..<6 + Self.tokenByteCount]),
            socketName: Array(all[fixed..<nameEnd]))
        guard !refusal.isEmpty || SegmentLayout.isPossible(ringByteCount: ring) else { return nil }
    }
}
