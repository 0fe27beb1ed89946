internal import CLinux
internal import Liveness
internal import Platform
internal import Transport

extension Engine {
    /// Ends this rank's part: what was sent still arrives, no call works any more, and the links'
    /// descriptors are closed. False when it was closed before.
    ///
    /// Waits for a call that another thread has under way, and one second at most for the peers
    /// to have read everything. `announce` tells the others, once no call can follow.
    package func close(announce: () -> Void) -> Bool {
        // In a forked child there is nothing to end, and the holder may never come back.
        guard ForkGuard.generation == generation else { return false }
        take()
        defer { letGo() }
        guard !isClosed else { return false }
        isClosed = true
        let wasHealthy = !status.isAborted
        endRequests(
            status.cause
                ?? AbortCause(
                    code: .aborted, culprit: rank, message: "rank \(rank) has left", phase: .leaving
                ))
        announce()
        if wasHealthy { finishStreams(deadline: Deadline(secondsFromNow: 1)) }
        for owner in owners { owner?.close() }
        owners = []
        return true
    }

    /// Ends the streams in good order. A socket that is closed with unread bytes in it resets the
    /// connection, and what the peer has not read yet may be lost: so the last grants are read,
    /// until the peer ends its stream too.
    private func finishStreams(deadline: Deadline) {
        var open = owners.indices.filter { owners[$0] != nil }
        for peer in open { owners[peer]?.finishSending() }
        while !open.isEmpty && !deadline.hasPassed && !status.isAborted {
            open.removeAll { executor.discardInput(from: $0) }
            guard !open.isEmpty else { return }
            sleepForInput(from: open)
        }
    }

    private func sleepForInput(from peers: [Int]) {
        unsafe pollSet[0] = pollfd(fd: status.wakeDescriptor, events: Int16(POLLIN), revents: 0)
        var count = 1
        for peer in peers {
            guard let owner = owners[peer] else { continue }
            unsafe pollSet[count] = pollfd(
                fd: owner.link.descriptor, events: Int16(POLLIN), revents: 0)
            count += 1
        }
        _ = unsafe clinux_poll(pollSet, nfds_t(count), 50)
    }
}
