import SimulatedTransport
import Transport

/// The operations of a link with arrays for memory.
extension Link {
    /// Sends an array as a header, which the link copies.
    func send(header: [UInt8]) -> Int {
        header.withUnsafeBytes { operations.send(context, $0.baseAddress, $0.count, nil, 0) }
    }

    func receive(atMost count: Int) -> (count: Int, bytes: [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return operations.receive(context, start, count)
        }
        return (received, Array(bytes.prefix(max(received, 0))))
    }

    /// What is lent, copied out; a negative count is an error.
    func borrow(minimum: Int, maximum: Int) -> (count: Int, bytes: [UInt8]) {
        var start: UnsafeRawPointer?
        let count = operations.borrow(context, minimum, maximum, &start)
        return (count, Array(UnsafeRawBufferPointer(start: start, count: max(count, 0))))
    }

    func giveBack(_ count: Int) {
        operations.giveBack(context, count)
    }

    var unsettledByteCount: Int { operations.unsettled(context) }
}

/// The bytes of an endless stream, which repeats itself only after a prime number of bytes.
enum Pattern {
    private static let period = 65_521
    private static let table: [UInt8] = {
        var random = SeededRandom(seed: 1)
        return (0..<2 * period).reduce(into: []) { table, index in
            table.append(
                index < period ? UInt8(truncatingIfNeeded: random.next()) : table[index - period])
        }
    }()

    static func bytes(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < range.count {
            let start = (range.lowerBound + bytes.count) % period
            bytes += table[start..<start + min(period, range.count - bytes.count)]
        }
        return bytes
    }
}

/// Sends the pattern in messages of random sizes, from memory that it overwrites as soon as the
/// link allows.
final class PatternSender {
    private let link: Link
    private let end: Int
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var position = 0
    /// The message under way: what is left of its header and of its payload.
    private var header = 0..<0
    private var payload = 0..<0
    private var payloadStart = 0

    static let sizeLimit = 5000

    init(_ link: Link, byteCount: Int) {
        self.link = link
        end = byteCount
        memory = .allocate(byteCount: Self.sizeLimit, alignment: 1)
    }

    deinit {
        memory.deallocate()
    }

    var isDone: Bool { position == end }

    /// Sends a little; returns a link's error, or how much was accepted.
    func step(_ random: inout SeededRandom) -> Int {
        guard !isDone else { return 0 }
        if header.isEmpty && payload.isEmpty {
            guard link.unsettledByteCount == 0 else { return 0 }
            compose(&random)
        }
        // A fresh copy each time: a header may change as soon as the call returns.
        let headerBytes = Pattern.bytes(header)
        let rest = memory.baseAddress.map { $0 + (payload.lowerBound - payloadStart) }
        let accepted = headerBytes.withUnsafeBytes { bytes in
            link.operations.send(
                link.context, bytes.baseAddress, bytes.count, rest, payload.count)
        }
        guard accepted > 0 else { return accepted }
        position += accepted
        header = min(position, header.upperBound)..<header.upperBound
        payload = max(position, payload.lowerBound)..<payload.upperBound
        return accepted
    }

    private func compose(_ random: inout SeededRandom) {
        let headerCount = random.chance(50) ? 0 : min(random.draw(1...64), end - position)
        payloadStart = position + headerCount
        let smallest = headerCount == 0 ? 1 : 0
        let limit = min(end - payloadStart, Self.sizeLimit)
        let count = limit <= smallest ? limit : random.draw(smallest...limit)
        header = position..<payloadStart
        payload = payloadStart..<payloadStart + count
        memory.copyBytes(from: Pattern.bytes(payload))
    }
}

/// Receives and borrows in random sizes, and holds every byte against the pattern.
final class PatternReceiver {
    private let link: Link
    private let end: Int
    private(set) var position = 0
    private(set) var firstWrongPosition: Int?
    private(set) var violation: String?

    init(_ link: Link, byteCount: Int) {
        self.link = link
        end = byteCount
    }

    var isDone: Bool { position >= end || firstWrongPosition != nil || violation != nil }

    func step(_ random: inout SeededRandom) {
        guard !isDone else { return }
        if random.chance(50) {
            receive(random.draw(1...min(4000, end - position)))
        } else {
            borrow(&random)
        }
    }

    private func receive(_ wanted: Int) {
        let guardCount = 16
        var bytes = [UInt8](repeating: 0x11, count: wanted + guardCount)
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { link.operations.receive(link.context, $0, wanted) } ?? 0
        }
        guard count >= 0, count <= wanted else {
            violation = "receive answered \(count) at \(position)"
            return
        }
        if bytes[count...].contains(where: { $0 != 0x11 }) {
            violation = "receive wrote behind the bytes it counted"
        }
        compare(Array(bytes.prefix(count)))
        position += count
    }

    private func borrow(_ random: inout SeededRandom) {
        let maximum = random.draw(1...min(link.lendingByteCount, end - position))
        let minimum = random.draw(1...maximum)
        let (count, bytes) = link.borrow(minimum: minimum, maximum: maximum)
        guard count > 0 else {
            if count < 0 { violation = "borrow answered \(count) at \(position)" }
            return
        }
        compare(bytes)
        let given = random.draw(0...count)
        link.giveBack(given)
        position += given
    }

    private func compare(_ bytes: [UInt8]) {
        guard firstWrongPosition == nil else { return }
        let right = Pattern.bytes(position..<position + bytes.count)
        guard bytes != right else { return }
        let index = zip(bytes, right).enumerated().first { $1.0 != $1.1 }?.offset
        firstWrongPosition = position + (index ?? 0)
    }
}
