/// One message of the bootstrap protocol; every message has the same 12-byte header, whose layout
/// no later version may change, so that versions can always refuse each other in words.
struct Frame: Hashable {
    enum Kind: UInt8 {
        case hello = 1, challenge, proof, acceptance, refusal
        case registration = 16, assignment, roster, ready, go, verdict
    }

    /// `MRTL`: no text protocol and no TLS record begins so.
    static let magic: [UInt8] = [0x4d, 0x52, 0x54, 0x4c]
    static let headerByteCount = 12
    static let version: UInt16 = 1

    var kind: Kind
    /// A reason in refusals, else 0.
    var code: UInt8 = 0
    var version: UInt16 = Frame.version
    var body: [UInt8]

    var bytes: [UInt8] {
        var bytes = Frame.magic
        bytes.append(littleEndian: version)
        bytes.append(kind.rawValue)
        bytes.append(code)
        bytes.append(littleEndian: UInt32(body.count))
        bytes.append(contentsOf: body)
        return bytes
    }
}

/// Puts one frame together from bytes as they come, and never asks for more than that frame has.
struct FrameAssembler {
    enum Violation: Hashable {
        case notMartlet
        case unknownKind(UInt8)
        case tooLong(byteCount: Int, limit: Int)
    }

    /// Bounds what a peer can make us hold.
    let bodyLimit: Int
    private var bytes: [UInt8] = []
    private(set) var violation: Violation?

    init(bodyLimit: Int) {
        self.bodyLimit = bodyLimit
    }

    /// How many bytes may be appended now; 0 when the frame is complete or broken.
    var wantedByteCount: Int {
        guard violation == nil else { return 0 }
        guard let bodyByteCount else { return Frame.headerByteCount - bytes.count }
        return Frame.headerByteCount + bodyByteCount - bytes.count
    }

    /// The version in the header of the other side, once that has arrived.
    var version: UInt16? {
        guard bytes.count >= Frame.headerByteCount else { return nil }
        return UInt16(bytes[4]) | UInt16(bytes[5]) << 8
    }

    /// Takes bytes, at most as many as wanted, and answers the frame they complete.
    mutating func append(_ new: ArraySlice<UInt8>) -> Frame? {
        precondition(new.count <= wantedByteCount, "bytes beyond the frame belong to others")
        bytes.append(contentsOf: new)
        check()
        guard violation == nil, let bodyByteCount,
            bytes.count == Frame.headerByteCount + bodyByteCount,
            let kind = Frame.Kind(rawValue: bytes[6]), let version
        else { return nil }
        defer { bytes.removeAll() }
        return Frame(
            kind: kind, code: bytes[7], version: version,
            body: Array(bytes[Frame.headerByteCount...]))
    }

    private var bodyByteCount: Int? {
        guard bytes.count >= Frame.headerByteCount else { return nil }
        return (8..<12).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    }

    private mutating func check() {
        guard bytes.prefix(4).elementsEqual(Frame.magic.prefix(bytes.count)) else {
            return violation = .notMartlet
        }
        guard let bodyByteCount else { return }
        if bodyByteCount > bodyLimit {
            violation = .tooLong(byteCount: bodyByteCount, limit: bodyLimit)
        } else if Frame.Kind(rawValue: bytes[6]) == nil {
            violation = .unknownKind(bytes[6])
        }
    }
}

extension FrameAssembler.Violation: CustomStringConvertible {
    var description: String {
        switch self {
        case .notMartlet: "the bytes are not Martlet's protocol"
        case .unknownKind(let kind): "a message of unknown kind \(kind)"
        case .tooLong(let count, let limit): "a message of \(count) bytes where \(limit) may come"
        }
    }
}
