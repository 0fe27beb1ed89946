import Transport

/// A link between two executors of one thread that costs next to nothing: what is sent lies in the
/// peer's inbox at once. What a program takes over it is the executor's own time.
final class MemoryLink: LinkOwner {
    let transport = "memory"
    let summary = "memory of one thread"
    private let inbox = UnsafeMutablePointer<Inbox>.allocate(capacity: 1)

    private static let capacity = 64 << 10

    struct Inbox {
        var bytes = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLink.capacity, alignment: 4096)
        var begin = 0
        var end = 0
        var peer: UnsafeMutablePointer<Inbox>?
    }

    private init() {
        inbox.initialize(to: Inbox())
    }

    deinit {
        inbox.pointee.bytes.deallocate()
        inbox.deallocate()
    }

    /// Both ends; they must go together.
    static func pair() -> (MemoryLink, MemoryLink) {
        let (left, right) = (MemoryLink(), MemoryLink())
        left.inbox.pointee.peer = right.inbox
        right.inbox.pointee.peer = left.inbox
        return (left, right)
    }

    var link: Link {
        Link(
            operations: Self.operations, context: UnsafeMutableRawPointer(inbox), descriptor: -1,
            lendingByteCount: Self.capacity)
    }

    func finishSending() {}
    func close() {}

    private static let operations = Link.Operations(
        send: { context, header, headerCount, payload, payloadCount in
            guard let peer = inbox(context).pointee.peer else { return 0 }
            let taken = peer.pointee.take(header, headerCount)
            guard taken == headerCount else { return taken }
            return taken + peer.pointee.take(payload, payloadCount)
        },
        unsettled: { _ in 0 },
        receive: { context, bytes, count in
            let taken = min(count, inbox(context).pointee.count)
            bytes.copyMemory(
                from: inbox(context).pointee.bytes + inbox(context).pointee.begin,
                byteCount: taken)
            inbox(context).pointee.giveBack(taken)
            return taken
        },
        borrow: { context, _, maximum, start in
            start.pointee = UnsafeRawPointer(
                inbox(context).pointee.bytes + inbox(context).pointee.begin)
            return min(maximum, inbox(context).pointee.count)
        },
        giveBack: { context, count in inbox(context).pointee.giveBack(count) })

    private static func inbox(_ context: Link.Context) -> UnsafeMutablePointer<Inbox> {
        context.assumingMemoryBound(to: Inbox.self)
    }
}

extension MemoryLink.Inbox {
    var count: Int { end - begin }

    /// Everything or nothing, as the messages here are small.
    mutating func take(_ source: UnsafeRawPointer?, _ count: Int) -> Int {
        guard let source, count > 0, end + count <= 64 << 10 else { return 0 }
        (bytes + end).copyMemory(from: source, byteCount: count)
        end += count
        return count
    }

    mutating func giveBack(_ count: Int) {
        begin += count
        if begin == end { (begin, end) = (0, 0) }
    }
}
