internal import Schedules
internal import Transport

extension Executor {
    /// Moves what can be moved now. Returns whether anything did; look at `isDone` and `failure`.
    package mutating func poll() -> Bool {
        if exchange.isRunning { return pollExchange() }
        // An exchange leaves the lanes as an older operation left them.
        guard let program = unsafe program, failure == nil, !isDone else { return false }
        var moved = false
        for index in 0..<(unsafe program.useCount) {
            let use = unsafe program.uses + index
            if unsafe use.pointee.sendHead >= 0 || use.pointee.isSettling
                || (use.pointee.headerBytesSent < OperationHeader.byteCount && mayGrant(use))
            {
                if unsafe send(use, program) { moved = true }
            }
            if unsafe use.pointee.receiveHead >= 0
                || (use.pointee.firstReceive >= 0 && !use.pointee.hasHeader)
            {
                if unsafe receive(use, program) { moved = true }
            }
            if failure != nil { return moved }
        }
        if unsafe copiesDone < program.copyCount, unsafe copy(program) { moved = true }
        return moved
    }

    /// How many bytes of a step its dependencies allow by now.
    @inline(__always)
    func allowance(_ step: UnsafeMutablePointer<CompiledStep>, _ program: ProgramView) -> Int {
        var allowed = unsafe step.pointee.byteCount
        let first = unsafe Int(step.pointee.firstDependency)
        for index in unsafe first..<first + Int(step.pointee.dependencyCount) {
            let dependency = unsafe program.dependencies[index]
            let other = unsafe program.steps + Int(dependency.step)
            let done = unsafe settled(other)
            if dependency.isWhole {
                if unsafe done < other.pointee.byteCount { return 0 }
            } else {
                allowed = min(allowed, done)
            }
        }
        return allowed
    }

    /// The bytes of a step whose memory is no longer in use; for all but sends, those done.
    @inline(__always)
    private func settled(_ step: UnsafeMutablePointer<CompiledStep>) -> Int {
        let done = unsafe step.pointee.done
        guard unsafe step.pointee.kind == .send,
            let link = unsafe slots[Int(step.pointee.peer)].link
        else { return done }
        return unsafe max(0, done - link.operations.unsettled(link.context))
    }

    /// Sends the header, alone or in front of what the first step may send already, then goes on
    /// with the lane. One call to the link, for fairness among links, unless the step completes.
    private mutating func send(
        _ use: UnsafeMutablePointer<LinkUse>, _ program: ProgramView
    ) -> Bool {
        let peer = unsafe Int(use.pointee.peer)
        guard let link = unsafe slots[peer].link else { return false }
        if unsafe use.pointee.awaitsGrant && !mayRunAhead(use) { return false }
        if unsafe use.pointee.isSettling { return unsafe settle(use, link) }
        var moved = false
        while true {
            let head = unsafe use.pointee.sendHead
            let step = unsafe program.steps + Int(max(head, 0))
            let ready =
                unsafe head < 0 ? 0 : min(allowance(step, program) - step.pointee.done, sendLimit)
            let headerLeft = unsafe OperationHeader.byteCount - use.pointee.headerBytesSent
            if ready <= 0 && headerLeft == 0 { return moved }
            let accepted = unsafe link.operations.send(
                link.context, headerBytes(use), headerLeft, payload(step), max(ready, 0))
            if accepted < 0 {
                linkLost(peer, code: Int32(-accepted))
                return moved
            }
            unsafe use.pointee.waitsToSend = accepted < headerLeft + max(ready, 0)
            if accepted == 0 { return moved }
            moved = true
            let payloadCount =
                unsafe headerLeft == 0 ? accepted : creditHeader(use, headerLeft, accepted)
            if head < 0 { return moved }
            unsafe step.pointee.done += payloadCount
            guard unsafe step.pointee.isDone else { return moved }
            unsafe use.pointee.sendHead = firstMoving(step.pointee.next, program)
            if unsafe use.pointee.sendHead < 0 {
                unsafe use.pointee.isSettling = true
                _ = unsafe settle(use, link)
                return moved
            }
        }
    }

    /// Closes a send lane once the link reads none of the caller's memory any more.
    private mutating func settle(_ use: UnsafeMutablePointer<LinkUse>, _ link: Link) -> Bool {
        guard unsafe link.operations.unsettled(link.context) == 0 else { return false }
        unsafe use.pointee.isSettling = false
        openCount -= 1
        return true
    }

    /// A rank that only sends notes the grant that will come, and waits first once its peer's
    /// grants are too far behind.
    @inline(never)
    private mutating func mayRunAhead(_ use: UnsafeMutablePointer<LinkUse>) -> Bool {
        let peer = unsafe Int(use.pointee.peer)
        let slot = unsafe slots + peer
        if unsafe slot.pointee.unreadGrants == LinkSlot.grantWindow {
            unsafe use.pointee.waitsToReceive = true
            _ = readHeader(from: peer, grantsOnly: true)
            guard failure == nil, unsafe slot.pointee.unreadGrants < LinkSlot.grantWindow
            else { return false }
        }
        unsafe use.pointee.awaitsGrant = false
        unsafe use.pointee.waitsToReceive = false
        let index = unsafe slot.pointee.awaitedGrants & (LinkSlot.grantWindow - 1)
        unsafe ungranted[peer * LinkSlot.grantWindow + index] = header
        unsafe slot.pointee.awaitedGrants += 1
        return true
    }

    /// Whether the header may go out on a link. Where this rank only receives, it follows what was
    /// received: a peer that sent its part and left would answer it by a reset, and what it sent
    /// would be lost. A rank that has to wait speaks all the same: its peer may be somewhere else.
    @inline(__always)
    private func mayGrant(_ use: UnsafeMutablePointer<LinkUse>) -> Bool {
        unsafe use.pointee.firstSend >= 0 || isWaiting
            || (use.pointee.hasHeader && use.pointee.receiveHead < 0)
    }

    /// Says what this rank called wherever it has not, as far as the links take it; for an operation
    /// that fails.
    mutating func sendHeaders() {
        guard let program = unsafe program else { return }
        for index in 0..<(unsafe program.useCount) {
            let use = unsafe program.uses + index
            let left = unsafe OperationHeader.byteCount - use.pointee.headerBytesSent
            guard left > 0, let link = unsafe slots[Int(use.pointee.peer)].link else { continue }
            let accepted = unsafe link.operations.send(
                link.context, headerBytes(use), left, nil, 0)
            if accepted > 0 { unsafe use.pointee.headerBytesSent += accepted }
        }
    }

    private func headerBytes(_ use: UnsafeMutablePointer<LinkUse>) -> UnsafeRawPointer {
        let sent = unsafe use.pointee.headerBytesSent
        if unsafe use.pointee.firstSend >= 0 { return unsafe UnsafeRawPointer(current) + sent }
        unsafe grant.pointee = header.with(kind: .grant)
        return unsafe UnsafeRawPointer(grant) + sent
    }

    /// Where a send step goes on.
    private func payload(_ step: UnsafeMutablePointer<CompiledStep>) -> UnsafeRawPointer? {
        guard let binding = unsafe binding else { return nil }
        let base =
            unsafe step.pointee.place == .input ? binding.input : UnsafeRawPointer(binding.output)
        return unsafe base + (step.pointee.offset + step.pointee.done)
    }

    /// Counts accepted bytes to the header first; answers how many were payload.
    @inline(__always)
    private mutating func creditHeader(
        _ use: UnsafeMutablePointer<LinkUse>, _ left: Int, _ accepted: Int
    ) -> Int {
        guard accepted >= left else {
            unsafe use.pointee.headerBytesSent += accepted
            return 0
        }
        unsafe use.pointee.headerBytesSent = OperationHeader.byteCount
        openCount &-= 1
        return accepted &- left
    }
}
