import Platform

/// What the launcher and its warden tell each other.
enum WardenMessage: Equatable {
    // From the warden.

    /// A rank runs; the value is its process id.
    case started(rank: Int, process: Int32)
    /// A rank could not be started: the errno and the call.
    case refused(rank: Int, code: Int32, step: String)
    case ended(rank: Int, ProcessStatus)
    /// No process of the job is left; so many had been left behind by the ranks.
    case empty(strayCount: Int)

    // From the launcher.

    /// Send a signal to the ranks that run: to their process groups, or to each rank's process.
    case signal(Int32, wholeGroup: Bool)
    /// End what the ranks left behind, at once or politely first, and say when nothing is left.
    case sweep(isHard: Bool)
}

extension WardenMessage {
    static let byteCountLimit = 128

    /// Kind and three values of four bytes each, then a text.
    var bytes: [UInt8] {
        switch self {
        case .started(let rank, let process): Self.pack(1, Int32(rank), process)
        case .refused(let rank, let code, let step):
            Self.pack(2, Int32(rank), code) + step.utf8.prefix(64)
        case .ended(let rank, let status): Self.pack(3, Int32(rank), status.rawValue)
        case .empty(let strayCount): Self.pack(4, Int32(strayCount), 0)
        case .signal(let number, let wholeGroup): Self.pack(5, number, wholeGroup ? 1 : 0)
        case .sweep(let isHard): Self.pack(6, isHard ? 1 : 0, 0)
        }
    }

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12 else { return nil }
        let values = (0..<3).map { index in
            bytes[(4 * index)..<(4 * index + 4)].reversed().reduce(Int32(0)) {
                $0 << 8 | Int32($1)
            }
        }
        switch values[0] {
        case 1: self = .started(rank: Int(values[1]), process: values[2])
        case 2:
            let step = String(decoding: bytes[12...], as: UTF8.self)
            self = .refused(rank: Int(values[1]), code: values[2], step: step)
        case 3: self = .ended(rank: Int(values[1]), ProcessStatus(rawValue: values[2]))
        case 4: self = .empty(strayCount: Int(values[1]))
        case 5: self = .signal(values[1], wholeGroup: values[2] != 0)
        case 6: self = .sweep(isHard: values[1] != 0)
        default: return nil
        }
    }

    private static func pack(_ kind: Int32, _ first: Int32, _ second: Int32) -> [UInt8] {
        [kind, first, second].flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
    }
}

/// One end of the connection between launcher and warden.
struct WardenChannel: ~Copyable {
    let descriptor: FileDescriptor

    enum Arrival: Equatable {
        case message(WardenMessage)
        case nothing
        /// The other side is gone.
        case closed
    }

    /// False when the other side is gone. Waits for room; the other side always reads.
    @discardableResult
    func send(_ message: WardenMessage) -> Bool {
        MessageSocket.send(descriptor.rawValue, message.bytes)
    }

    /// The next message that has arrived; never waits.
    func next() -> Arrival {
        guard
            let bytes = MessageSocket.receive(
                descriptor.rawValue, byteCountLimit: WardenMessage.byteCountLimit)
        else { return .nothing }
        return WardenMessage(bytes).map { .message($0) } ?? .closed
    }
}
