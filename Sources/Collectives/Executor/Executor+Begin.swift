internal import Transport

extension Executor {
    /// Starts an operation. Every link that the program uses is attached, the last operation is
    /// done, and the sequence is one more than its.
    package mutating func begin(
        _ compiled: CompiledProgram, _ binding: Binding, header: OperationHeader
    ) {
        unsafe begin(compiled.view, binding, header: header)
    }

    /// The same with a program that somebody else keeps alive.
    mutating func begin(_ program: ProgramView, _ binding: Binding, header: OperationHeader) {
        assert(isDone && failure == nil, "an operation is still running")
        assert(unsafe program.sourceLimit <= rankCount + 1)
        adopt(header)
        if unsafe beginExchange(program, binding) { return }
        unsafe beginProgram(program, binding)
    }

    /// Lays the program out for this operation, nothing of which has moved.
    mutating func beginProgram(_ program: ProgramView, _ binding: Binding) {
        unsafe self.program = program
        unsafe self.binding = binding
        unsafe bindSteps(program, binding)
        unsafe openCount = program.copyCount == 0 ? 0 : 1
        copiesDone = 0
        isWaiting = false
        for index in 0..<(unsafe program.useCount) {
            unsafe openUse(program.uses + index, program)
        }
        if parkedCount > 0 { lookAtParkedHeaders() }
    }

    /// Keeps the header of what this rank calls, in the forms in which links will ask for it.
    private mutating func adopt(_ header: OperationHeader) {
        let position = Int(truncatingIfNeeded: header.sequence)
        unsafe current = history + (position & (Self.historyLength - 1))
        unsafe current.pointee = header
    }

    /// Gives each step its bytes of this operation's buffers.
    private func bindSteps(_ program: ProgramView, _ binding: Binding) {
        let (count, size) = unsafe (binding.elementCount, binding.elementByteCount)
        let chunkCount = unsafe program.chunkCount
        let (whole, rest) = count.quotientAndRemainder(dividingBy: chunkCount)
        for index in 0..<(unsafe program.stepCount) {
            let step = unsafe program.steps + index
            let (first, end) = unsafe (Int(step.pointee.firstChunk), Int(step.pointee.endChunk))
            // As Program.elements(of:in:), with the division hoisted.
            let lower = whole * first + rest * first / chunkCount
            let upper = whole * end + rest * end / chunkCount
            unsafe step.pointee.offset = lower * size
            unsafe step.pointee.byteCount = (upper - lower) * size
            unsafe step.pointee.done = 0
        }
    }

    /// Puts a link's lanes to their first steps that move anything.
    private mutating func openUse(_ use: UnsafeMutablePointer<LinkUse>, _ program: ProgramView) {
        unsafe use.pointee.headerBytesSent = 0
        unsafe use.pointee.hasHeader = false
        unsafe use.pointee.isSettling = false
        unsafe use.pointee.waitsToReceive = false
        unsafe use.pointee.waitsToSend = false
        unsafe use.pointee.sendHead = firstMoving(use.pointee.firstSend, program)
        unsafe use.pointee.receiveHead = firstMoving(use.pointee.firstReceive, program)
        let slot = unsafe slots + Int(use.pointee.peer)
        unsafe slot.pointee.lastUse = header.sequence
        unsafe slot.pointee.use = use
        // The header to send, and the header to read. A rank that only sends reads its grants
        // later: it depends on nobody.
        if unsafe use.pointee.firstReceive >= 0 {
            openCount += 2
        } else {
            openCount += 1
            unsafe use.pointee.awaitsGrant = true
        }
        if unsafe use.pointee.sendHead >= 0 { openCount += 1 }
        if unsafe use.pointee.receiveHead >= 0 { openCount += 1 }
    }

    /// Empty chunks send nothing, so their steps are passed over on both sides.
    func firstMoving(_ step: Int32, _ program: ProgramView) -> Int32 {
        var step = step
        while step >= 0, unsafe program.steps[Int(step)].byteCount == 0 {
            unsafe step = program.steps[Int(step)].next
        }
        return step
    }

    /// A header that was ahead of the last operation may be this operation's now, on a link that
    /// this operation does not use: then the peer called something else.
    private mutating func lookAtParkedHeaders() {
        parkedCount = 0
        for peer in 0..<rankCount where unsafe slots[peer].isParked {
            unsafe slots[peer].isParked = false
            if unsafe slots[peer].lastUse != header.sequence { _ = readHeader(from: peer) }
        }
    }
}
