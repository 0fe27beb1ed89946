internal import CLinux
internal import CSharedMemory
internal import Transport

/// What the data path of a link through memory touches; it lives at a fixed address that is the
/// link's context.
@safe struct SharedMemoryLinkState {
    var sender: CellSender
    var receiver: CellReceiver
    let bell: Bell

    init(sending: SegmentView, receiving: SegmentView, bell: Bell, scratch: UnsafeMutableRawPointer)
    {
        sender = CellSender(segment: sending, bell: bell)
        receiver = unsafe CellReceiver(segment: receiving, bell: bell, scratch: scratch)
        self.bell = bell
    }

    /// C functions have no captures, so each finds its link through the context.
    static let operations = unsafe Link.Operations(
        send: { context, header, headerCount, payload, payloadCount in
            unsafe link(context).pointee.sender.send(header, headerCount, payload, payloadCount)
        },
        unsettled: { _ in 0 },
        receive: { context, bytes, count in
            unsafe link(context).pointee.receiver.receive(bytes, count)
        },
        borrow: { context, minimum, maximum, start in
            unsafe link(context).pointee.receiver.borrow(minimum, maximum, start)
        },
        giveBack: { context, count in
            unsafe link(context).pointee.receiver.giveBack(count)
        },
        prepareToSleep: { context, events in
            unsafe link(context).pointee.prepareToSleep(events)
        })

    private static func link(_ context: Link.Context) -> UnsafeMutablePointer<SharedMemoryLinkState>
    {
        unsafe context.assumingMemoryBound(to: SharedMemoryLinkState.self)
    }

    /// Says in the segments that this end sleeps until something comes, or room does; nothing, where
    /// that has happened meanwhile.
    private mutating func prepareToSleep(_ events: Int16) -> Int16 {
        if !bell.drain() { abandon() }
        let (reads, writes) = (events & Int16(POLLIN) != 0, events & Int16(POLLOUT) != 0)
        if reads { unsafe cshared_store(receiver.segment.receiverSleeps, 1) }
        if writes { unsafe cshared_store(sender.segment.senderSleeps, 1) }
        bell.fence()
        let isReady = reads && (receiver.hasNews || receiver.hasEnded)
        if isReady || (writes && sender.hasNewRoom) { return 0 }
        return Int16(POLLIN)
    }

    /// The other process went without a word: says for it that it has closed.
    private func abandon() {
        unsafe cshared_store(receiver.segment.senderState, SegmentView.State.closed)
        unsafe cshared_store(sender.segment.receiverState, SegmentView.State.closed)
    }

    /// Tells the other end, which sees it once it has read everything.
    func say(_ state: UInt64, closing: Bool) {
        unsafe cshared_store(sender.segment.senderState, state)
        if closing { unsafe cshared_store(receiver.segment.receiverState, state) }
        cshared_fence()
        unsafe bell.ring(whoSleeps: sender.segment.receiverSleeps)
        if closing { unsafe bell.ring(whoSleeps: receiver.segment.senderSleeps) }
    }
}
