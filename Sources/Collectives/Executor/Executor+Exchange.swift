internal import Transport

/// The short way of a complete exchange: every rank says its header and its whole input to every other
/// at once, and combines as soon as all have arrived, straight from what the links lend.
///
/// On the wire it is the program, byte by byte: a rank that takes the short way meets one that does
/// not. Only the bookkeeping is left out, step by step and lane by lane, which is most of the time of a
/// small operation. What does not go as expected (a link takes only a part, a header disagrees, a grant
/// is due, a peer lets wait) goes on with the program from where the exchange is: `unfold`.
extension Executor {
    /// Begins an operation whose program is an exchange; false where it has to go the long way, and
    /// nothing has been said yet.
    @inline(__always)
    mutating func beginExchange(_ program: ProgramView, _ binding: Binding) -> Bool {
        let count = unsafe program.useCount
        let byteCount = unsafe binding.elementCount &* binding.elementByteCount
        guard unsafe program.isExchange, byteCount <= exchangeLimit, parkedCount == 0 else {
            return false
        }
        for index in 0..<count {
            let slot = unsafe slots + Int(program.uses[index].peer)
            guard unsafe !slot.pointee.owesGrants, let link = unsafe slot.pointee.link,
                unsafe OperationHeader.byteCount &+ byteCount <= link.lendingByteCount
            else { return false }
        }
        unsafe self.program = program
        unsafe self.binding = binding
        openCount = 1
        exchange.isRunning = true
        exchange.arrivedCount = 0
        exchange.fruitlessCount = 0
        for index in 0..<count { unsafe say(program.uses + index, binding, byteCount) }
        return true
    }

    @inline(__always)
    private mutating func say(
        _ use: UnsafeMutablePointer<LinkUse>, _ binding: Binding, _ byteCount: Int
    ) {
        unsafe use.pointee.hasArrived = false
        unsafe use.pointee.acceptedCount = 0
        guard let link = unsafe slots[Int(use.pointee.peer)].link else { return }
        unsafe use.pointee.acceptedCount = link.operations.send(
            link.context, UnsafeRawPointer(current), OperationHeader.byteCount, binding.input,
            byteCount)
    }

    /// Looks at what has arrived; combines once all has. Returns whether anything did.
    @inline(__always)
    mutating func pollExchange() -> Bool {
        guard let program = unsafe program, let binding = unsafe binding else { return false }
        let byteCount = unsafe binding.elementCount &* binding.elementByteCount
        let whole = OperationHeader.byteCount &+ byteCount
        var moved = false
        for index in 0..<(unsafe program.useCount) {
            let use = unsafe program.uses + index
            if unsafe use.pointee.hasArrived { continue }
            guard unsafe use.pointee.acceptedCount == whole else { return unfold() }
            switch unsafe look(use, whole) {
            case .nothing: continue
            case .agreed:
                moved = true
                exchange.arrivedCount &+= 1
            case .failed: return unfold()
            }
        }
        if unsafe exchange.arrivedCount == program.useCount {
            // In place the output is what is being sent.
            guard unsafe isSettled(program) else { return unfold() }
            unsafe finishExchange(program, binding, whole)
            return true
        }
        exchange.fruitlessCount = moved ? 0 : exchange.fruitlessCount &+ 1
        return moved || exchange.fruitlessCount < Self.exchangePatience ? moved : unfold()
    }

    /// Whether no link reads the input any more.
    @inline(__always)
    private func isSettled(_ program: ProgramView) -> Bool {
        for index in 0..<(unsafe program.useCount) {
            let peer = unsafe Int(program.uses[index].peer)
            if let link = unsafe slots[peer].link,
                unsafe link.operations.unsettled(link.context) > 0
            {
                return false
            }
        }
        return true
    }

    /// Whether a peer's part is there; `failed` for whatever needs the long way.
    @inline(__always)
    private func look(_ use: UnsafeMutablePointer<LinkUse>, _ whole: Int) -> Reading {
        let slot = unsafe slots + Int(use.pointee.peer)
        guard let link = unsafe slot.pointee.link else { return .failed }
        var start: UnsafeRawPointer?
        let lent = unsafe link.operations.borrow(link.context, whole, whole, &start)
        guard lent >= whole, let start = unsafe start else { return lent < 0 ? .failed : .nothing }
        let theirs = unsafe OperationHeader.read(start)
        guard unsafe theirs.agrees(with: current.pointee) else { return .failed }
        unsafe slot.pointee.lastHeader = theirs
        unsafe operands[Int(use.pointee.operand)] = start + OperationHeader.byteCount
        unsafe use.pointee.hasArrived = true
        return .agreed
    }

    /// Everything is there: combines in the order of the program, and gives back.
    @inline(__always)
    private mutating func finishExchange(
        _ program: ProgramView, _ binding: Binding, _ whole: Int
    ) {
        unsafe operands[Int(program.ownOperand)] = binding.input
        let count = unsafe program.useCount &+ 1
        if let finish = unsafe binding.finish {
            unsafe finish(
                binding.output, operands, count, binding.elementCount, binding.divisor)
        } else {
            unsafe binding.combine(binding.output, operands, count, binding.elementCount)
        }
        for index in 0..<(unsafe program.useCount) {
            let peer = unsafe Int(program.uses[index].peer)
            if let link = unsafe slots[peer].link {
                unsafe link.operations.giveBack(link.context, whole)
            }
        }
        exchange.isRunning = false
        openCount = 0
    }

    /// Goes on with the program from where the exchange is: headers and payload that links accepted
    /// are said, and nothing that arrived has been taken. Returns whether that moved anything.
    @inline(never)
    @discardableResult
    mutating func unfold() -> Bool {
        guard exchange.isRunning, let program = unsafe program, let binding = unsafe binding else {
            return false
        }
        exchange.isRunning = false
        unsafe beginProgram(program, binding)
        for index in 0..<(unsafe program.useCount) {
            let use = unsafe program.uses + index
            let accepted = unsafe use.pointee.acceptedCount
            if accepted < 0 {
                linkLost(unsafe Int(use.pointee.peer), code: Int32(truncatingIfNeeded: -accepted))
            } else if accepted > 0 {
                unsafe credit(use, accepted, program)
            }
        }
        return true
    }

    /// So many polls in a row that find nothing show that a peer is somewhere else.
    private static var exchangePatience: Int { 256 }

    /// Counts what a link accepted to the header, and the rest to the only step of the lane.
    private mutating func credit(
        _ use: UnsafeMutablePointer<LinkUse>, _ accepted: Int, _ program: ProgramView
    ) {
        let header = min(accepted, OperationHeader.byteCount)
        unsafe use.pointee.headerBytesSent = header
        if header == OperationHeader.byteCount { openCount -= 1 }
        let head = unsafe use.pointee.sendHead
        guard head >= 0 else { return }
        let step = unsafe program.steps + Int(head)
        unsafe step.pointee.done = accepted - header
        guard unsafe step.pointee.isDone else { return }
        unsafe use.pointee.sendHead = -1
        unsafe use.pointee.isSettling = true
    }
}

/// How far an exchange is.
struct Exchange {
    var isRunning = false
    var arrivedCount = 0
    /// Polls in a row that found nothing.
    var fruitlessCount = 0
}
