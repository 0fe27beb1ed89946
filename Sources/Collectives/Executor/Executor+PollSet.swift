package import CLinux
internal import Transport

extension Executor {
    /// Writes down what a sleeping rank has to wait for: room where it could not send, bytes where
    /// it found none, and headers on links where it expects nothing; or, of who leaves, whatever its
    /// peers still say. Returns how many entries were written, at most one a peer; nil where
    /// something of it has come meanwhile, and nobody may sleep.
    package mutating func fillPollSet(_ set: UnsafeMutablePointer<pollfd>, isLeaving: Bool) -> Int?
    {
        unfold()
        var count = 0
        for peer in 0..<rankCount {
            guard let link = unsafe slots[peer].link, unsafe link.descriptor >= 0 else { continue }
            let events =
                isLeaving
                ? unsafe slots[peer].hasEnded ? 0 : Int16(POLLIN) : eventsAwaited(from: peer)
            guard events != 0 else { continue }
            let awaited = unsafe link.operations.prepareToSleep(link.context, events)
            guard awaited != 0 else { return nil }
            unsafe set[count] = pollfd(fd: link.descriptor, events: awaited, revents: 0)
            count += 1
        }
        return count
    }

    private func eventsAwaited(from peer: Int) -> Int16 {
        let slot = unsafe slots + peer
        guard unsafe slot.pointee.lastUse == header.sequence, let use = unsafe slot.pointee.use
        else {
            let isQuiet = unsafe slot.pointee.isParked || slot.pointee.hasEnded
            return isQuiet ? 0 : Int16(POLLIN)
        }
        var events: Int16 = 0
        if unsafe use.pointee.waitsToSend { events |= Int16(POLLOUT) }
        if unsafe use.pointee.waitsToReceive { events |= Int16(POLLIN) }
        return events
    }
}
