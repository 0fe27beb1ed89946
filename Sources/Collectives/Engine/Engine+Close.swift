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
        guard sequencer.leave() else { return false }
        let wasHealthy = !status.isAborted
        endRequests(
            status.cause
                ?? AbortCause(
                    code: .aborted, culprit: rank, message: "rank \(rank) has left", phase: .leaving
                ))
        announce()
        if wasHealthy { finishStreams() }
        for owner in owners { owner?.close() }
        owners = []
        return true
    }

    /// Ends the streams in good order, until the peers have ended theirs too.
    private func finishStreams() {
        for owner in owners { owner?.finishSending() }
        while !sequencer.mayLetGo(now: Clock.nowNanoseconds(), isAborted: status.isAborted) {
            sleep(milliseconds: WaitStrategy.sleepMilliseconds)
        }
    }
}
