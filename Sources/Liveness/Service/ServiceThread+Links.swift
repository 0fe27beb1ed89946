internal import Bootstrap
internal import CLinux
internal import Platform

extension ServiceThread {
    func handle(_ event: Readiness) {
        let (index, isProcess) = (event.token - Token.firstLink).quotientAndRemainder(dividingBy: 2)
        let link = links[Int(index)]
        if isProcess != 0 {
            // What the process said before its end still stands in its connection.
            while case .more = read(link) {}
            forgetProcess(link)
            state.processEnded(link.rank, now: Clock.nowNanoseconds())
        } else {
            if event.has(.writable) {
                link.flush()
                if !link.hasUnsent { watchWrites(of: link) }
            }
            _ = read(link)
        }
        carryOut()
    }

    private func read(_ link: NeighbourLink) -> NeighbourLink.Reading {
        let reading = unsafe link.read(into: scratch) { message in
            state.received(message, from: link.rank, now: Clock.nowNanoseconds())
            carryOut()
        }
        if case .ended(let errorNumber) = reading {
            if errorNumber == EPROTO {
                Log.write(.error, "rank \(link.rank) speaks nonsense on its liveness connection")
            }
            // Who waited too long for the end of the handshake hangs up and comes again, having said
            // nothing. Should its process end instead, the kernel tells.
            // A time-out is no hanging up: then the network is silent, from the very beginning.
            let hungUp = errorNumber != ETIMEDOUT && errorNumber != EHOSTUNREACH
            let mayComeAgain = hungUp && !link.hasHeard && link.rawProcess != nil
            close(link)
            if mayComeAgain { return reading }
            state.linkDown(link.rank, errorNumber: errorNumber, now: Clock.nowNanoseconds())
            carryOut()
        }
        return reading
    }

    /// Takes a neighbour's connection into service, unless one is in use.
    func linkUp(_ rank: Int, _ arrival: Arrival) {
        guard let index = links.firstIndex(where: { $0.rank == rank }), !links[index].hasHeard,
            let socket = arrival.take()
        else {
            return Log.write(.debug, "rank \(rank) brought a liveness connection of no use")
        }
        let link = links[index]
        close(link)
        do throws(SystemError) {
            try tune(socket.rawValue)
            try epoll.watch(socket.rawValue, for: .readable, token: token(index))
        } catch {
            return Log.write(.warning, "the connection of rank \(rank) is of no use: \(error)")
        }
        link.open(socket)
        state.linkUp(rank, now: Clock.nowNanoseconds())
        carryOut()
        shared.update { shared in _ = shared.connected.insert(rank) }
    }

    /// Lets the kernel break a connection that the other kernel acknowledges nothing on. Heartbeats
    /// cease before they could fill a stopped process's buffers, so this means host or network.
    private func tune(_ socket: Int32) throws(SystemError) {
        let seconds = state.configuration.silenceSeconds
        try StreamSocket.tune(socket, timeoutSeconds: seconds)
        try StreamSocket.set(
            socket, IPPROTO_TCP, TCP_USER_TIMEOUT, Int32(min(max(seconds * 1000, 1), 3.6e6)))
    }

    private func token(_ index: Int) -> UInt64 { Token.firstLink + 2 * UInt64(index) }

    /// On the same host the kernel tells the end of a process even where its sockets live on, and
    /// before there is a connection to it.
    ///
    /// An identifier from the roster could be another process's by now only if its owner ended
    /// within the meeting and the kernel went through all identifiers since.
    func watchProcesses() {
        for (index, link) in links.enumerated()
        where membership.isSameHost(link.rank, membership.rank) {
            let identifier = membership.roster[link.rank].processIdentifier
            if identifier != Host.processIdentifier { watch(identifier, of: link, index) }
        }
        carryOut()
    }

    private func watch(_ identifier: Int32, of link: NeighbourLink, _ index: Int) {
        do throws(SystemError) {
            let process = try Host.openProcess(identifier)
            try epoll.watch(process.rawValue, for: .readable, token: token(index) + 1)
            link.watch(process)
        } catch {
            if error.code == ESRCH {
                state.processEnded(link.rank, now: Clock.nowNanoseconds())
            } else {
                // Not permitted, or no descriptor left: the connection alone has to do.
                Log.write(.debug, "the process of rank \(link.rank) cannot be watched: \(error)")
            }
        }
    }

    func forgetProcess(_ link: NeighbourLink) {
        if let process = link.rawProcess { epoll.remove(process) }
        link.closeProcess()
    }

    func close(_ link: NeighbourLink) {
        if let socket = link.rawSocket { epoll.remove(socket) }
        link.close()
    }

    /// Asks to be woken when the neighbour can be sent to, as long as something waits for it.
    func watchWrites(of link: NeighbourLink) {
        guard let socket = link.rawSocket,
            let index = links.firstIndex(where: { $0 === link })
        else { return }
        let interest: Interest = link.hasUnsent ? [.readable, .writable] : .readable
        try? epoll.change(socket, to: interest, token: token(index))
    }
}

// MARK: - Carrying out

extension ServiceThread {
    /// Does what the state machine decided, in its order.
    func carryOut() {
        while !state.actions.isEmpty {
            let actions = state.actions
            state.actions.removeAll(keepingCapacity: true)
            for action in actions { carryOut(action) }
            flushAll()
        }
    }

    private func carryOut(_ action: LivenessState.Action) {
        switch action {
        case .send(let message, let rank): link(rank)?.enqueue(message)
        case .closeLink(let rank):
            guard let link = link(rank) else { return }
            link.flush()
            close(link)
            forgetProcess(link)
        case .limit(let communicator, let sequence):
            status(communicator)?.limit(toSequence: sequence)
        case .fail(let communicator, let cause):
            // The others know before the callers here can act on it.
            flushAll()
            status(communicator)?.fail(cause)
            shared.update { _ in }
        case .note(let note): write(note)
        }
    }

    private func flushAll() {
        for link in links where link.hasUnsent {
            link.flush()
            if link.hasUnsent { watchWrites(of: link) }
        }
    }

    private func link(_ rank: Int) -> NeighbourLink? {
        links.first { $0.rank == rank }
    }

    private func status(_ communicator: UInt64) -> CommunicatorStatus? {
        statuses.first { $0.communicator == communicator }?.status
    }

    private func write(_ note: LivenessState.Note) {
        switch note {
        case .silent(let rank):
            shared.update { shared in _ = shared.silent.insert(rank) }
            Log.write(
                .warning,
                "rank \(rank) (\(membership.roster[rank].place)) is silent: stopped, or without "
                    + "processor time")
        case .speaksAgain(let rank):
            shared.update { shared in _ = shared.silent.remove(rank) }
            Log.write(.info, "rank \(rank) speaks again")
        case .linkBroken(let rank):
            Log.write(
                .warning,
                "a liveness connection to rank \(rank) broke although its process answers")
        case .lost(let rank, let reason):
            shared.update { $0.lost.append(rank) }
            Log.write(
                .warning, "rank \(rank) (\(membership.roster[rank].place)) is lost: \(reason)")
        case .left(let rank):
            shared.update { shared in _ = shared.left.insert(rank) }
            Log.write(.debug, "rank \(rank) left")
        }
    }
}
