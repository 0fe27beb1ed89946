internal import CLinux
internal import Transport

/// One end of a simulated link.
@safe final class SimulatedLinkState {
    /// The network keeps its ends, and the ends' owners keep the network.
    unowned let network: SimulatedNetwork
    let index: Int
    let rank: Int
    let peer: Int
    let incoming: SimulatedStream
    let outgoing: SimulatedStream

    private(set) var isClosed = false
    /// What sending and receiving answer for ever, 0 while they work.
    private(set) var sendError: Int32 = 0
    private(set) var receiveError: Int32 = 0

    /// What is lent stands at `begin ..< end` of an area twice as large as what can be lent, so that
    /// it can move whenever more is taken in.
    private let area: UnsafeMutableRawPointer
    private let areaByteCount: Int
    private var begin = 0
    private var end = 0

    /// What is given back reads as this afterwards.
    static let poison: UInt8 = 0xa5

    init(
        network: SimulatedNetwork, index: Int, incoming: SimulatedStream,
        outgoing: SimulatedStream
    ) {
        self.network = network
        self.index = index
        rank = outgoing.sender
        peer = outgoing.receiver
        self.incoming = incoming
        self.outgoing = outgoing
        areaByteCount = 2 * incoming.conditions.lendingByteCount
        unsafe area = .allocate(byteCount: areaByteCount, alignment: 16)
        unsafe area.initializeMemory(as: UInt8.self, repeating: Self.poison, count: areaByteCount)
    }

    deinit {
        unsafe area.deallocate()
    }

    /// C functions have no captures, so each finds its end through the context.
    static let operations = unsafe Link.Operations(
        send: { context, header, headerCount, payload, payloadCount in
            unsafe state(context).send(header, headerCount, payload, payloadCount)
        },
        unsettled: { context in unsafe state(context).outgoing.unsettledByteCount },
        receive: { context, bytes, count in unsafe state(context).receive(bytes, count) },
        borrow: { context, minimum, maximum, start in
            unsafe state(context).borrow(minimum, maximum, start)
        },
        giveBack: { context, count in unsafe state(context).giveBack(count) })

    private static func state(_ context: Link.Context) -> SimulatedLinkState {
        unsafe Unmanaged<SimulatedLinkState>.fromOpaque(context).takeUnretainedValue()
    }

    var lentByteCount: Int { end - begin }
}

// MARK: - What a rank does

extension SimulatedLinkState {
    private func send(
        _ header: UnsafeRawPointer?, _ headerCount: Int, _ payload: UnsafeRawPointer?,
        _ payloadCount: Int
    ) -> Int {
        guard !isClosed, !outgoing.isFinishing else { return network.misuse() }
        guard sendError == 0 else { return -Int(sendError) }
        let wanted = headerCount + payloadCount
        let count = network.part(of: min(wanted, outgoing.room), outgoing.conditions, for: rank)
        if count < wanted { network.refuse(outgoing) }
        let ofHeader = min(count, headerCount)
        if let header = unsafe header, ofHeader > 0 {
            unsafe outgoing.acceptCopy(header, ofHeader)
        }
        if let payload = unsafe payload, count > ofHeader {
            if outgoing.conditions.settlingNanoseconds == nil {
                unsafe outgoing.acceptCopy(payload, count - ofHeader)
            } else {
                unsafe outgoing.acceptReference(payload, count - ofHeader)
            }
        }
        if count > 0 { network.depart(outgoing) }
        return count
    }

    private func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        if lentByteCount > 0 {
            let taken = min(lentByteCount, count)
            unsafe bytes.copyMemory(from: area + begin, byteCount: taken)
            giveBack(taken)
            return taken
        }
        let taken = takeable(count)
        if taken > 0 {
            unsafe incoming.take(taken, into: bytes)
            network.credit(incoming)
        }
        return taken
    }

    private func borrow(
        _ minimum: Int, _ maximum: Int, _ start: UnsafeMutablePointer<UnsafeRawPointer?>
    ) -> Int {
        if lentByteCount < minimum {
            let limit = min(maximum, incoming.conditions.lendingByteCount)
            assert(limit > lentByteCount, "asked for more than can be lent")
            let taken = takeable(limit - lentByteCount)
            if taken < 0 { return taken }
            if taken > 0 { takeIn(taken) }
        }
        unsafe start.pointee = UnsafeRawPointer(area + begin)
        return lentByteCount
    }

    private func giveBack(_ count: Int) {
        assert(count <= lentByteCount, "gave back more than was lent")
        poison(begin, count)
        begin += count
    }

    /// How many of so many bytes can be taken off the connection now, or why none ever will.
    private func takeable(_ count: Int) -> Int {
        guard !isClosed else { return network.misuse() }
        let available = incoming.availableByteCount
        guard available == 0 else {
            return network.part(of: min(available, count), incoming.conditions, for: rank)
        }
        if receiveError != 0 { return -Int(receiveError) }
        return incoming.isExhausted ? -Int(EPIPE) : 0
    }

    /// Puts what is lent, and what is taken in behind it, to another place, at any alignment:
    /// whoever still reads the old one reads poison.
    private func takeIn(_ count: Int) {
        let rest = lentByteCount
        let place = network.random.draw(0...areaByteCount - rest - count)
        unsafe memmove(area + place, area + begin, rest)
        let oldBegin = begin
        begin = place
        end = place + rest
        for offset in oldBegin..<oldBegin + rest where offset < begin || offset >= end {
            poison(offset, 1)
        }
        unsafe incoming.take(count, into: area + end)
        end += count
        network.credit(incoming)
    }

    private func poison(_ offset: Int, _ count: Int) {
        unsafe (area + offset).initializeMemory(
            as: UInt8.self, repeating: Self.poison, count: count)
    }
}

// MARK: - What happens to an end

extension SimulatedLinkState {
    /// From now on both directions answer with an error, receiving only after what has arrived,
    /// unless that is lost too.
    func fail(_ code: Int32, losingArrived: Bool) {
        guard !isClosed else { return }
        if sendError == 0 { sendError = code }
        if receiveError == 0 { receiveError = code }
        outgoing.dropUnsettled()
        outgoing.isBroken = true
        if !incoming.isBroken && losingArrived { incoming.arrived = incoming.taken }
        incoming.isBroken = true
    }

    /// Sending answers with an error; what the peer sent before it ended can still be received.
    func failSending(_ code: Int32) {
        guard !isClosed else { return }
        if sendError == 0 { sendError = code }
        outgoing.dropUnsettled()
        outgoing.isBroken = true
    }

    func close() {
        isClosed = true
        begin = 0
        end = 0
        outgoing.dropUnsettled()
        incoming.isBroken = true
    }
}
