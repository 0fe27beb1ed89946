package import Bootstrap
package import Platform
package final class LivenessService: FailureDetector, @unchecked Sendable {
    let membership: Membership
    private struct S { var arrivals: [Arrival] = []; var statuses: [UInt64: CommunicatorStatus] = [:]; var stop = false }
    private let s = Monitor(S())
    package init(membership: Membership, configuration: LivenessConfiguration) { self.membership = membership }
    package func start(deadline: Deadline) throws(BootstrapError) {
        let d = membership.doorkeeper
        let s = s
        let t = try? Thread(name: "service") {
            while true {
                _ = try? StreamSocket.wait(d.pollDescriptor, for: 1, until: Deadline(secondsFromNow: 0.05))
                let a = d.progress()
                let stop = s.update { st -> Bool in st.arrivals += a; return st.stop }
                if stop { return }
            }
        }
        t?.detach()
    }
    package func awaitLink(communicator: UInt64, fromRank: Int, index: Int, deadline: Deadline) throws(BootstrapError) -> FileDescriptor {
        let a = s.wait(until: deadline) { st -> Arrival? in
            guard let i = st.arrivals.firstIndex(where: { $0.purpose.communicator == communicator && $0.purpose.fromRank == fromRank }) else { return nil }
            return st.arrivals.remove(at: i)
        }
        guard let f = a?.take() else { throw BootstrapError(.timedOut, "no link from \(fromRank)", phase: .connecting) }
        return f
    }
    package func register(communicator: UInt64, memberWorldRanks: [Int], status: CommunicatorStatus) { s.update { $0.statuses[communicator] = status } }
    package func unregister(communicator: UInt64) { s.update { $0.statuses[communicator] = nil } }
    package func abort(communicator: UInt64, cause: AbortCause) { s.update { _ = $0.statuses[communicator]?.fail(cause) } }
    package func suspect(communicator: UInt64, rank: Int, errorNumber: Int32) { abort(communicator: communicator, cause: AbortCause(code: .peerLost, culprit: rank, message: "lost \(rank)")) }
    package func inquest(communicator: UInt64, sequence: UInt64, heard: [HeardHeader]) { abort(communicator: communicator, cause: AbortCause(code: .timedOut, message: "timed out")) }
    package func leave(deadline: Deadline) { s.update { $0.stop = true } }
}
