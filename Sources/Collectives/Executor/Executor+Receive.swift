internal import CReductionKernels
internal import Schedules
internal import Transport

extension Executor {
    /// Goes on with what a link brings: the header, then the lane's steps.
    mutating func receive(_ use: UnsafeMutablePointer<LinkUse>, _ program: ProgramView) -> Bool {
        var moved = false
        if unsafe !use.pointee.hasHeader {
            let reading = unsafe readExpectedHeader(
                from: Int(use.pointee.peer), expectedPayload: expectedPayload(use, program))
            guard case .agreed = reading else {
                unsafe use.pointee.waitsToReceive = true
                return false
            }
            unsafe use.pointee.hasHeader = true
            openCount -= 1
            moved = true
        }
        while unsafe use.pointee.receiveHead >= 0 {
            let index = unsafe Int(use.pointee.receiveHead)
            let step = unsafe program.steps + index
            let count =
                unsafe step.pointee.kind == .borrow
                ? (step.pointee.isTrigger ? reduce(Int(step.pointee.consumer), program) : 0)
                : receiveInPlace(step, program)
            if count > 0 { moved = true }
            // A reduction moves the lanes it borrows from itself.
            guard unsafe step.pointee.isDone, count > 0 else { return moved }
        }
        return moved
    }

    /// What the link should take off the connection along with the header: all that is to be
    /// lent, but only little of what has a place of its own.
    private func expectedPayload(
        _ use: UnsafeMutablePointer<LinkUse>, _ program: ProgramView
    ) -> Int {
        let head = unsafe use.pointee.receiveHead
        guard head >= 0 else { return 0 }
        let step = unsafe program.steps + Int(head)
        return unsafe step.pointee.kind == .borrow
            ? step.pointee.byteCount : min(step.pointee.byteCount, 4096)
    }

    private mutating func receiveInPlace(
        _ step: UnsafeMutablePointer<CompiledStep>, _ program: ProgramView
    ) -> Int {
        let peer = unsafe Int(step.pointee.peer)
        let wanted = unsafe min(allowance(step, program) - step.pointee.done, receiveLimit)
        setWaits(for: peer, false)
        guard wanted > 0, let link = unsafe slots[peer].link, let binding = unsafe binding else {
            return 0
        }
        let place = unsafe binding.output + (step.pointee.offset + step.pointee.done)
        let received = unsafe link.operations.receive(link.context, place, wanted)
        if received < 0 {
            linkLost(peer, code: Int32(-received))
            return 0
        }
        if received == 0 { setWaits(for: peer, true) }
        unsafe step.pointee.done += received
        if unsafe step.pointee.isDone { unsafe leaveLane(step, program) }
        return received
    }

    /// Notes whether a rank that sleeps is to be woken by what a peer sends: only where it looked
    /// and found too little, or bytes that wait for something else would wake it at once.
    @inline(__always)
    private func setWaits(for peer: Int, _ waits: Bool) {
        guard let use = unsafe slots[peer].use else { return }
        unsafe use.pointee.waitsToReceive = waits
    }

    /// Combines as much as every source has. Returns the bytes combined.
    private mutating func reduce(_ index: Int, _ program: ProgramView) -> Int {
        let step = unsafe program.steps + index
        guard let binding = unsafe binding else { return 0 }
        let size = unsafe binding.elementByteCount
        var count = unsafe min(allowance(step, program) - step.pointee.done, combineLimit)
        let position = unsafe step.pointee.offset + step.pointee.done
        let sources = unsafe step.pointee.sourceRange
        var found = 0
        for (operand, source) in sources.enumerated() where count > 0 {
            let kind = unsafe program.sources[source].kind
            if kind == .lent {
                count = unsafe min(count, borrow(source, operand, size, program))
                found = source
            } else {
                let base =
                    unsafe kind == .input ? binding.input : UnsafeRawPointer(binding.output)
                unsafe operands[operand] = base + position
            }
        }
        count -= count % size
        guard count > 0 else {
            // The last operand that was looked for is the one that is missing, if any is.
            let isAllowed = unsafe allowance(step, program) > step.pointee.done
            for source in sources where unsafe program.sources[source].kind == .lent {
                let peer = unsafe Int(program.sources[source].peer)
                setWaits(for: peer, isAllowed && source == found)
            }
            return 0
        }
        unsafe combine(step, into: binding.output + position, count / size, binding)
        unsafe step.pointee.done += count
        for source in sources where unsafe program.sources[source].kind == .lent {
            unsafe giveBack(source, count, program)
        }
        return count
    }

    /// Borrows for one operand; answers how many bytes it has, 0 when it must wait.
    private mutating func borrow(
        _ source: Int, _ operand: Int, _ size: Int, _ program: ProgramView
    ) -> Int {
        let index = unsafe program.sources[source].step
        let peer = unsafe Int(program.sources[source].peer)
        guard let link = unsafe slots[peer].link, isAtHead(index, of: peer) else {
            return 0
        }
        let step = unsafe program.steps + Int(index)
        let left = unsafe step.pointee.byteCount - step.pointee.done
        var start: UnsafeRawPointer?
        let lent = unsafe link.operations.borrow(
            link.context, size, min(left, link.lendingByteCount), &start)
        if lent < 0 {
            linkLost(peer, code: Int32(-lent))
            return 0
        }
        guard lent >= size, let start = unsafe start else { return 0 }
        unsafe operands[operand] = start
        return min(lent, left)
    }

    /// Whether a borrow's turn has come on its link: its header and all before it are taken.
    private func isAtHead(_ step: Int32, of peer: Int) -> Bool {
        guard let use = unsafe slots[peer].use else { return false }
        return unsafe use.pointee.hasHeader && use.pointee.receiveHead == step
    }

    private func combine(
        _ step: UnsafeMutablePointer<CompiledStep>, into place: UnsafeMutableRawPointer,
        _ count: Int, _ binding: Binding
    ) {
        let operandCount = unsafe Int(step.pointee.sourceCount)
        if unsafe step.pointee.isFinal, let finish = unsafe binding.finish {
            unsafe finish(place, operands, operandCount, count, binding.divisor)
        } else {
            unsafe binding.combine(place, operands, operandCount, count)
        }
    }

    private mutating func giveBack(_ source: Int, _ count: Int, _ program: ProgramView) {
        let step = unsafe program.steps + Int(program.sources[source].step)
        if let link = unsafe slots[Int(step.pointee.peer)].link {
            unsafe link.operations.giveBack(link.context, count)
        }
        unsafe step.pointee.done += count
        if unsafe step.pointee.isDone { unsafe leaveLane(step, program) }
    }

    /// Moves a receive lane past a step that is done.
    private mutating func leaveLane(
        _ step: UnsafeMutablePointer<CompiledStep>, _ program: ProgramView
    ) {
        guard let use = unsafe slots[Int(step.pointee.peer)].use else { return }
        unsafe use.pointee.receiveHead = firstMoving(step.pointee.next, program)
        if unsafe use.pointee.receiveHead < 0 { openCount -= 1 }
    }

    /// Goes on with the reductions that borrow nothing, a piece at a time: a large copy in one go
    /// would keep the links waiting, and an abort.
    mutating func copy(_ program: ProgramView) -> Bool {
        var moved = false
        var left = copyLimit
        while unsafe copiesDone < program.copyCount {
            let index = unsafe Int(program.copies[copiesDone])
            while unsafe !program.steps[index].isDone {
                let count = unsafe left > 0 ? reduce(index, program) : 0
                guard count > 0 else { return moved }
                left -= count
                moved = true
            }
            copiesDone += 1
        }
        openCount -= 1
        return true
    }
}
