internal import CLinux

extension SimulatedNetwork {
    /// How many of so many bytes one call moves.
    func part(of count: Int, _ conditions: LinkConditions, for rank: Int) -> Int {
        guard count > 0 else { return 0 }
        if random.chance(conditions.hesitationPercent) {
            wake(rank)
            return 0
        }
        guard count > 1, random.chance(conditions.partialPercent) else { return count }
        wake(rank)
        return random.draw(1...count)
    }

    /// Lets a rank look at its links soon.
    package func wake(_ rank: Int) {
        guard !ranks[rank].isReadyUnderWay, ranks[rank].condition != .dead else { return }
        ranks[rank].isReadyUnderWay = true
        add(.ready, rank, 0, at: now + random.draw(ranks[rank].reaction))
    }

    /// Sends bytes that were accepted just now on their way.
    func depart(_ stream: SimulatedStream) {
        travel(stream)
        let count = stream.unsettledByteCount
        guard count > 0, let settling = stream.conditions.settlingNanoseconds else { return }
        let middle = stream.settled + random.draw(1...count)
        for target in middle < stream.accepted ? [middle, stream.accepted] : [middle] {
            stream.lastSettleAt = max(stream.lastSettleAt, now + random.draw(settling))
            add(.settle, stream.index, UInt64(target), at: stream.lastSettleAt)
        }
    }

    /// Lets what has settled arrive, in pieces.
    private func travel(_ stream: SimulatedStream) {
        let conditions = stream.conditions
        var pieces = conditions.fragmentLimit
        while stream.departed < stream.settled {
            let rest = stream.settled - stream.departed
            let count = pieces > 1 ? random.draw(1...rest) : rest
            pieces -= 1
            stream.departed += count
            stream.lineFreeAt =
                max(stream.lineFreeAt, now) + UInt64(count * conditions.nanosecondsPerByte)
            stream.lastArrivalAt = max(
                stream.lastArrivalAt,
                stream.lineFreeAt + random.draw(conditions.latencyNanoseconds))
            add(.arrive, stream.index, UInt64(stream.departed), at: stream.lastArrivalAt)
        }
    }

    func settle(_ stream: SimulatedStream, to target: Int) {
        // What a dying sender took with it is not there any more.
        let target = min(target, stream.accepted)
        guard target > stream.settled, !stream.isBroken else { return }
        stream.settle(to: target)
        travel(stream)
        wake(stream.sender)
        if stream.isFinishing { finishWhenSettled(stream) }
    }

    func arrive(_ stream: SimulatedStream, _ target: Int) {
        if stream.isCut {
            stream.stalledArrival = target
            return
        }
        guard !stream.isBroken else { return answerUnreachable(stream) }
        stream.arrived = max(stream.arrived, target)
        wake(stream.receiver)
    }

    /// The sender has been told that there is no room.
    func refuse(_ stream: SimulatedStream) {
        stream.isSenderWaiting = true
        credit(stream)
    }

    /// The receiver took bytes: tells the sender, who may wait for it or come to.
    func credit(_ stream: SimulatedStream) {
        let owed = stream.taken - stream.credited
        guard owed > 0, !stream.isCreditUnderWay,
            stream.isSenderWaiting || owed > stream.conditions.windowByteCount / 2
        else { return }
        stream.isCreditUnderWay = true
        let delay = random.draw(stream.conditions.latencyNanoseconds)
        add(.credit, stream.index, 0, at: now + delay)
    }

    func giveCredit(_ stream: SimulatedStream) {
        if stream.isCut {
            stream.isCreditStalled = true
            return
        }
        stream.isCreditUnderWay = false
        stream.credited = stream.taken
        if stream.isSenderWaiting {
            stream.isSenderWaiting = false
            wake(stream.sender)
        }
    }
}

// MARK: - Ends

extension SimulatedNetwork {
    /// What an end will show: an errno, and how.
    struct FailureNotice {
        var code: Int32
        /// What arrived and was not yet taken is lost.
        var isLosingArrived = false
        /// Only sending fails.
        var isSendOnly = false

        init(_ code: Int32, isLosingArrived: Bool = false, isSendOnly: Bool = false) {
            self.code = code
            self.isLosingArrived = isLosingArrived
            self.isSendOnly = isSendOnly
        }

        init(_ value: UInt64) {
            code = Int32(truncatingIfNeeded: value & 0xffff)
            isLosingArrived = value & 0x1_0000 != 0
            isSendOnly = value & 0x2_0000 != 0
        }

        var value: UInt64 {
            UInt64(code) | (isLosingArrived ? 0x1_0000 : 0) | (isSendOnly ? 0x2_0000 : 0)
        }
    }

    func finishSending(_ end: SimulatedLinkState) {
        guard !end.isClosed, !end.outgoing.isFinishing else { return }
        end.outgoing.isFinishing = true
        finishWhenSettled(end.outgoing)
    }

    private func finishWhenSettled(_ stream: SimulatedStream) {
        guard stream.unsettledByteCount == 0 else { return }
        stream.lastArrivalAt = max(
            stream.lastArrivalAt, now + random.draw(stream.conditions.latencyNanoseconds))
        add(.finish, stream.index, 0, at: stream.lastArrivalAt)
    }

    func showFinish(_ stream: SimulatedStream) {
        if stream.isCut {
            stream.isFinishStalled = true
            return
        }
        guard !stream.isBroken else { return }
        stream.isFinished = true
        wake(stream.receiver)
    }

    /// Ends a link here. A peer whose bytes nobody will read sees a reset, as with TCP; any other
    /// reads what is under way, and then the end.
    func close(_ end: SimulatedLinkState) {
        guard !end.isClosed else { return }
        let isUnread = end.incoming.taken < end.incoming.accepted
        let wasWhole = end.outgoing.unsettledByteCount == 0
        end.close()
        guard !end.outgoing.isBroken else { return }
        if isUnread || !wasWhole {
            reset(end)
        } else if !end.outgoing.isFinishing {
            end.outgoing.isFinishing = true
            finishWhenSettled(end.outgoing)
        }
    }

    /// Lets the peer of an end see a reset, before or behind what is under way.
    func reset(_ end: SimulatedLinkState) {
        let stream = end.outgoing
        let isOvertaking = random.chance(50)
        let soon = now + random.draw(stream.conditions.latencyNanoseconds)
        let time = isOvertaking ? soon : max(soon, stream.lastArrivalAt)
        let notice = FailureNotice(ECONNRESET, isLosingArrived: random.chance(50))
        add(.fail, end.index ^ 1, notice.value, at: time)
    }

    /// Bytes came to an end that is gone: their sender learns it.
    private func answerUnreachable(_ stream: SimulatedStream) {
        guard receivingEnd(of: stream).isClosed, sendingEnd(of: stream).sendError == 0
        else { return }
        let notice = FailureNotice(random.chance(50) ? EPIPE : ECONNRESET, isSendOnly: true)
        let delay = random.draw(stream.conditions.latencyNanoseconds)
        add(.fail, stream.index, notice.value, at: now + delay)
    }

    func fail(_ end: SimulatedLinkState, _ notice: FailureNotice) {
        // A partition hides it; healing shows it again.
        if end.incoming.isCut && notice.code != ETIMEDOUT { return }
        if notice.isSendOnly {
            end.failSending(notice.code)
        } else {
            end.fail(notice.code, losingArrived: notice.isLosingArrived)
        }
        wake(end.rank)
    }
}
