internal import Transport

extension Executor {
    /// What was found where a header of the running operation was looked for.
    enum Reading {
        case nothing
        /// The peer's header of this operation, and it agrees.
        case agreed
        /// The operation failed; `failure` says why.
        case failed
    }

    /// Reads this operation's header on a link that it receives on, in the usual case: no older
    /// header is due, and the next one agrees. All else is left to the general way.
    @inline(__always)
    mutating func readExpectedHeader(from peer: Int, expectedPayload: Int) -> Reading {
        let slot = unsafe slots + peer
        guard let link = unsafe slot.pointee.link, unsafe !slot.pointee.owesGrants else {
            return readHeader(from: peer, expectedPayload: expectedPayload)
        }
        var start: UnsafeRawPointer?
        let size = OperationHeader.byteCount
        let lent = unsafe link.operations.borrow(
            link.context, size, size &+ expectedPayload, &start)
        guard lent >= size, let start = unsafe start else {
            return lent < 0 ? streamEnded(peer, code: Int32(truncatingIfNeeded: -lent)) : .nothing
        }
        let theirs = unsafe OperationHeader.read(start)
        // What was lent is still there for the general way.
        guard unsafe theirs.agrees(with: current.pointee) else { return readHeader(from: peer) }
        unsafe slot.pointee.lastHeader = theirs
        unsafe link.operations.giveBack(link.context, size)
        return .agreed
    }

    /// Reads headers from a peer until this operation's has come or nothing is there.
    ///
    /// Grants of operations that this rank has completed are held against what it called then. A
    /// later operation's header stays in the link: on a link that this operation uses, it shows
    /// that the peer has passed this operation without this rank.
    ///
    /// With `grantsOnly` it stops in front of a header that is no grant due: whoever reads that one
    /// has to note that it came.
    mutating func readHeader(
        from peer: Int, expectedPayload: Int = 0, grantsOnly: Bool = false
    ) -> Reading {
        let slot = unsafe slots + peer
        guard let link = unsafe slot.pointee.link else { return .nothing }
        while unsafe !grantsOnly || slot.pointee.unreadGrants > 0 {
            var start: UnsafeRawPointer?
            let size = OperationHeader.byteCount
            let lent = unsafe link.operations.borrow(
                link.context, size, min(size + expectedPayload, link.lendingByteCount), &start)
            if lent < 0 { return streamEnded(peer, code: Int32(-lent)) }
            guard lent >= size, let start = unsafe start else { return .nothing }
            let theirs = unsafe OperationHeader.read(start)
            unsafe slot.pointee.lastHeader = theirs
            if theirs.sequence > header.sequence { return passed(peer, theirs) }
            let ours = expectedHeader(from: peer)
            guard theirs.agrees(with: ours) else {
                return mismatched(peer, theirs, expected: ours)
            }
            unsafe link.operations.giveBack(link.context, size)
            if unsafe slot.pointee.unreadGrants > 0 { unsafe slot.pointee.readGrants += 1 }
            if theirs.sequence == header.sequence { return .agreed }
        }
        return .nothing
    }

    /// What the next header from a peer must agree with: the oldest operation whose grant is due,
    /// else the running one. On a link that the running operation does not use, nothing agrees.
    private func expectedHeader(from peer: Int) -> OperationHeader {
        let slot = unsafe slots + peer
        if unsafe slot.pointee.unreadGrants > 0 {
            let index = unsafe slot.pointee.readGrants & (LinkSlot.grantWindow - 1)
            return unsafe ungranted[peer * LinkSlot.grantWindow + index]
        }
        return unsafe slot.pointee.lastUse == header.sequence
            ? header : OperationHeader(words: (0, 0, 0, 0))
    }

    /// The peer is in a later operation. It has not been in this one if it should have spoken on
    /// this link.
    private mutating func passed(_ peer: Int, _ theirs: OperationHeader) -> Reading {
        guard unsafe slots[peer].lastUse == header.sequence, !isGranted(by: peer) else {
            unsafe slots[peer].isParked = true
            parkedCount += 1
            return .nothing
        }
        return mismatched(peer, theirs, expected: header)
    }

    /// Whether this operation's header has already come on the link that it uses to a peer.
    private func isGranted(by peer: Int) -> Bool {
        guard let use = unsafe slots[peer].use else { return true }
        if unsafe use.pointee.firstReceive >= 0 { return unsafe use.pointee.hasHeader }
        return unsafe !use.pointee.awaitsGrant && slots[peer].unreadGrants == 0
    }

    /// Names what this rank called at the peer's position of the sequence, where it still knows and
    /// where that is what they differ in. Else what it expected the peer to speak of: of an earlier
    /// operation, a peer that speaks of this one has not granted anything.
    private mutating func mismatched(
        _ peer: Int, _ theirs: OperationHeader, expected: OperationHeader
    ) -> Reading {
        let position = Int(truncatingIfNeeded: theirs.sequence)
        let then = unsafe history[position & (Self.historyLength - 1)]
        let isThere = then.sequence == theirs.sequence && !then.agrees(with: theirs)
        let ours = isThere ? then : expected.sequence > 0 ? expected : header
        // Who has passed this operation reads what was called here, and knows what it called.
        if theirs.sequence > header.sequence { sendHeaders() }
        failure = .mismatch(peer: peer, theirs: theirs, ours: ours)
        return .failed
    }

    /// The end of the stream fails the operation only where the operation needs it.
    private mutating func streamEnded(_ peer: Int, code: Int32) -> Reading {
        unsafe slots[peer].hasEnded = true
        guard unsafe slots[peer].lastUse == header.sequence else { return .nothing }
        linkLost(peer, code: code)
        return .failed
    }

    mutating func linkLost(_ peer: Int, code: Int32) {
        if failure == nil { failure = .linkLost(peer: peer, code: code) }
    }

    /// Reads and drops what the peers still say; true once all their streams have ended.
    package mutating func discardInput() -> Bool {
        var areAllEnded = true
        for peer in 0..<rankCount where unsafe slots[peer].link != nil && !slots[peer].hasEnded {
            let hasEnded = discardInput(from: peer)
            unsafe slots[peer].hasEnded = hasEnded
            areAllEnded = areAllEnded && hasEnded
        }
        return areAllEnded
    }

    private func discardInput(from peer: Int) -> Bool {
        guard let link = unsafe slots[peer].link else { return true }
        while true {
            var start: UnsafeRawPointer?
            let lent = unsafe link.operations.borrow(
                link.context, 1, link.lendingByteCount, &start)
            if lent < 0 { return true }
            if lent == 0 { return false }
            unsafe link.operations.giveBack(link.context, lent)
        }
    }

    /// Looks at the links on which the running operation expects nothing: whoever speaks there in
    /// this operation called something else. Costs a system call per link: for waits, not spins.
    package mutating func scanOtherLinks() {
        unfold()
        isWaiting = true
        for peer in 0..<rankCount where unsafe slots[peer].link != nil {
            let slot = unsafe slots + peer
            if unsafe slot.pointee.isParked || slot.pointee.hasEnded { continue }
            let isUsed = unsafe slot.pointee.lastUse == header.sequence
            if isUsed, unsafe !slot.pointee.owesGrants { continue }
            if case .failed = readHeader(from: peer, grantsOnly: isUsed) { return }
        }
    }
}
