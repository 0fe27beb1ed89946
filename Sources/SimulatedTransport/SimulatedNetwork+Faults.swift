internal import CLinux

// MARK: - What happens to ranks

extension SimulatedNetwork {
    package func condition(of rank: Int) -> Condition { ranks[rank].condition }

    /// How long a rank takes to notice that something changed: a slow one takes long.
    package func setReaction(of rank: Int, to nanoseconds: ClosedRange<UInt64>) {
        ranks[rank].reaction = nanoseconds
    }

    /// A process ends without a word. What it sent arrives or is lost, and its peers see the end of
    /// the stream or a reset, each at its time.
    package func kill(_ rank: Int) {
        guard ranks[rank].condition != .dead else { return }
        ranks[rank].condition = .dead
        ranks[rank].missed = []
        for end in ends where end.rank == rank && !end.isClosed {
            if random.chance(50) {
                close(end)
            } else {
                end.close()
                if !end.outgoing.isBroken { reset(end) }
            }
        }
    }

    /// A process does nothing any more; its links take what they have room for.
    package func stop(_ rank: Int) {
        guard ranks[rank].condition == .running else { return }
        ranks[rank].condition = .stopped
    }

    /// A stopped process goes on, with everything that it missed.
    package func resume(_ rank: Int) {
        guard ranks[rank].condition == .stopped else { return }
        ranks[rank].condition = .running
        for happening in ranks[rank].missed {
            if case .alarm(_, let token) = happening { alarm(rank: rank, at: now, token: token) }
        }
        ranks[rank].missed = []
        wake(rank)
    }
}

// MARK: - What happens to the network

extension SimulatedNetwork {
    /// Silence both ways between some ranks and all others. A link whose ends stay apart breaks
    /// after `silenceNanoseconds`, give or take a little, as a kernel gives up a connection whose
    /// other end acknowledges nothing; nil where it never does.
    package func cut(_ side: Set<Int>, silenceNanoseconds: UInt64?) {
        cutCount += 1
        for end in ends where side.contains(end.rank) != side.contains(end.peer) {
            end.outgoing.isCut = true
            guard !end.isClosed, let silenceNanoseconds else { continue }
            let jitter = random.draw(0...silenceNanoseconds / 16)
            add(.expire, end.index, UInt64(cutCount), at: now + silenceNanoseconds + jitter)
        }
    }

    /// Ends the silence: what was held back arrives, and what happened meanwhile shows.
    package func heal() {
        cutCount += 1
        for stream in streams where stream.isCut {
            stream.isCut = false
            let time = now + random.draw(stream.conditions.latencyNanoseconds)
            stream.lastArrivalAt = max(stream.lastArrivalAt, time)
            if let target = stream.stalledArrival {
                stream.stalledArrival = nil
                add(.arrive, stream.index, UInt64(target), at: stream.lastArrivalAt)
            }
            if stream.isFinishStalled {
                stream.isFinishStalled = false
                add(.finish, stream.index, 0, at: stream.lastArrivalAt)
            }
            if stream.isCreditStalled {
                stream.isCreditStalled = false
                add(.credit, stream.index, 0, at: time)
            }
            // Gone without anybody here knowing.
            let sender = sendingEnd(of: stream)
            if sender.sendError != 0 || (sender.isClosed && !stream.isFinishing) { reset(sender) }
        }
    }

    /// The kernel gives a silent connection up, unless it was heard of since.
    func expire(_ end: SimulatedLinkState, generation: UInt64) {
        guard generation == UInt64(cutCount), end.incoming.isCut else { return }
        fail(end, FailureNotice(ETIMEDOUT))
    }
}
