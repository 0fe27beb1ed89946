internal import CLinux
internal import Transport

/// What the data path of a TCP link touches; it lives at a fixed address that is the link's context.
@unsafe struct TCPLinkState {
    let socket: Int32
    let scratch: UnsafeMutableRawPointer
    let capacity: Int
    /// What was received and not given back stands at `begin ..< end` of the scratch.
    var begin = 0
    var end = 0

    init(socket: Int32, scratch: UnsafeMutableRawPointer, capacity: Int) {
        unsafe self.socket = socket
        unsafe self.scratch = scratch
        unsafe self.capacity = capacity
    }

    /// C functions have no captures, so each finds its link through the context.
    static let operations = unsafe Link.Operations(
        send: { context, header, headerCount, payload, payloadCount in
            unsafe link(context).pointee.send(header, headerCount, payload, payloadCount)
        },
        unsettled: { _ in 0 },
        receive: { context, bytes, count in
            unsafe link(context).pointee.receive(bytes, count)
        },
        borrow: { context, minimum, maximum, start in
            unsafe link(context).pointee.borrow(minimum, maximum, start)
        },
        giveBack: { context, count in
            unsafe link(context).pointee.giveBack(count)
        })

    private static func link(_ context: Link.Context) -> UnsafeMutablePointer<TCPLinkState> {
        unsafe context.assumingMemoryBound(to: TCPLinkState.self)
    }
}

extension TCPLinkState {
    private func send(
        _ header: UnsafeRawPointer?, _ headerCount: Int, _ payload: UnsafeRawPointer?,
        _ payloadCount: Int
    ) -> Int {
        let sent =
            if headerCount == 0 {
                unsafe clinux_send(socket, payload, payloadCount)
            } else {
                unsafe clinux_send_pair(socket, header, headerCount, payload, payloadCount)
            }
        return sent == -Int(EAGAIN) ? 0 : sent
    }

    private mutating func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let buffered = unsafe end - begin
        guard buffered == 0 else {
            let taken = min(buffered, count)
            unsafe bytes.copyMemory(from: scratch + begin, byteCount: taken)
            unsafe giveBack(taken)
            return taken
        }
        return unsafe answer(clinux_receive(socket, bytes, count))
    }

    private mutating func borrow(
        _ minimum: Int, _ maximum: Int, _ start: UnsafeMutablePointer<UnsafeRawPointer?>
    ) -> Int {
        if unsafe end &- begin < minimum {
            let received = unsafe fill(maximum &- (end &- begin))
            if received < 0 { return received }
        }
        unsafe start.pointee = UnsafeRawPointer(scratch + begin)
        return unsafe end &- begin
    }

    /// Receives at most `wanted` bytes behind what is there. What is there is less than an element
    /// or a header whenever this is called, so moving it to the front costs nothing.
    private mutating func fill(_ wanted: Int) -> Int {
        if unsafe begin > 0 {
            let rest = unsafe end &- begin
            if rest > 0 { unsafe memmove(scratch, scratch + begin, rest) }
            unsafe begin = 0
            unsafe end = rest
        }
        let room = unsafe min(wanted, capacity &- end)
        assert(room > 0, "asked for more than the scratch can lend")
        let received = unsafe answer(clinux_receive(socket, scratch + end, room))
        if received > 0 { unsafe end &+= received }
        return received
    }

    private mutating func giveBack(_ count: Int) {
        unsafe begin &+= count
        assert(unsafe begin <= end, "gave back more than was lent")
    }

    /// recv says 0 at the end of the stream and EAGAIN for nothing yet; a link says -EPIPE and 0.
    private func answer(_ received: Int) -> Int {
        if received > 0 { return received }
        return received == 0 ? -Int(EPIPE) : received == -Int(EAGAIN) ? 0 : received
    }
}
