package import Platform

/// Owns the process's listening socket and lets in who proves to belong to the job.
///
/// Never blocks: put `pollDescriptor` into an epoll or poll set, call `progress` when it is readable
/// or `nextDeadline` has passed. Strangers are few (64 at most, then the oldest goes), short (two
/// seconds), and harmless: they hold a descriptor and some hundred bytes each, and running out of
/// descriptors sheds them instead of ending or spinning the process.
///
/// Used by one thread at a time; handing it to another thread orders their accesses.
package final class Doorkeeper: @unchecked Sendable {
    // The owner's contract above is what makes sending it between threads sound.

    package static let guestLimit = 64
    package static let guestSeconds = 2.0
    private static let listenerToken: UInt64 = 0
    private static let warningLimit = 16

    /// Whom to let in; may change at any time, and counts for handshakes that end afterwards only
    /// where they begin afterwards.
    package var policy: AdmissionPolicy
    /// Where peers reach this process, as bound (possibly a wildcard address).
    package let address: SocketAddress
    private let credentials: Credentials
    private var listener: FileDescriptor?
    private var epoll: Epoll?
    private let listenerNumber: Int32
    /// Readable when `progress` has something to do; belongs to the doorkeeper.
    package let pollDescriptor: Int32
    /// Given up for a moment when the process runs out of descriptors, so that connections can be
    /// taken and closed instead of waking us for ever.
    private var reserve: FileDescriptor?
    /// The oldest first.
    private(set) var guests: [Guest] = []
    private var kept: [Arrival] = []
    private var nextToken: UInt64 = 1
    private var pausedUntil: UInt64?
    /// How many have been refused in words so far.
    private(set) var refusalCount = 0

    /// Takes over a listening socket.
    package init(
        listener: consuming FileDescriptor, credentials: Credentials, policy: AdmissionPolicy
    ) throws(BootstrapError) {
        self.credentials = credentials
        self.policy = policy
        let socket = listener.rawValue
        listenerNumber = socket
        let epoll = try inPhase(.listening) { () throws(SystemError) in try Epoll() }
        address = try inPhase(.listening) { () throws(SystemError) in
            try epoll.watch(socket, for: .readable, token: Self.listenerToken)
            return try StreamSocket.localAddress(socket)
        }
        pollDescriptor = epoll.descriptor.rawValue
        self.epoll = consume epoll
        self.listener = consume listener
        reserve = try? FileDescriptor.null()
    }

    /// Listens on an address; port 0 lets the kernel choose.
    package convenience init(
        listeningOn address: SocketAddress, credentials: Credentials, policy: AdmissionPolicy
    ) throws(BootstrapError) {
        let listener = try inPhase(.listening, peer: address) { () throws(SystemError) in
            try StreamSocket.listen(on: address)
        }
        try self.init(listener: listener, credentials: credentials, policy: policy)
    }

    /// When `progress` must be called even if nothing is readable.
    package var nextDeadline: Deadline {
        if !kept.isEmpty { return Deadline(nanoseconds: 0) }
        let expiry = guests.first.map { $0.arrivedAt + Self.guestNanoseconds } ?? .max
        return Deadline(nanoseconds: min(expiry, pausedUntil ?? .max))
    }

    /// Accepts, continues handshakes and drops who took too long; answers who has come in.
    package func progress() -> [Arrival] {
        var arrivals = kept
        kept = []
        resumeWhenDue()
        for token in readyTokens() {
            if token == Self.listenerToken {
                accept(into: &arrivals)
            } else if let guest = guests.first(where: { $0.token == token }) {
                advance(guest, into: &arrivals)
            }
        }
        dropExpired()
        return arrivals
    }

    /// Gives an arrival back, for whoever uses the doorkeeper next.
    package func putBack(_ arrival: Arrival) {
        kept.append(arrival)
    }

    /// Shows everybody out and stops listening: the address is free for others from now on, and
    /// who comes is refused by the kernel. `progress` answers nobody any more.
    package func close() {
        for guest in guests { _ = guest.takeSocket() }
        guests = []
        kept = []
        pausedUntil = nil
        listener = nil
        epoll = nil
        reserve = nil
    }
}

// The set of watched descriptors, which lets go with `close`.
extension Doorkeeper {
    private func readyTokens() -> [UInt64] {
        switch epoll {
        case .some(let epoll):
            ((try? epoll.ready(limit: Self.guestLimit + 1, timeoutMilliseconds: 0)) ?? [])
                .map(\.token)
        case .none: []
        }
    }

    private func watch(_ socket: Int32, token: UInt64) throws(SystemError) {
        switch epoll {
        case .some(let epoll): try epoll.watch(socket, for: .readable, token: token)
        case .none: break
        }
    }

    private func forget(_ socket: Int32) {
        switch epoll {
        case .some(let epoll): epoll.remove(socket)
        case .none: break
        }
    }

    private func watchListener(for interest: Interest) {
        switch epoll {
        case .some(let epoll):
            try? epoll.change(listenerNumber, to: interest, token: Self.listenerToken)
        case .none: break
        }
    }
}

extension Doorkeeper {
    private static var guestNanoseconds: UInt64 { UInt64(guestSeconds * 1e9) }

    private func accept(into arrivals: inout [Arrival]) {
        for _ in 0..<Self.guestLimit {
            guard hasRoomOrCanMakeIt() else { return }
            do {
                guard let socket = try StreamSocket.accept(listenerNumber) else { return }
                makeRoom()
                admit(socket, into: &arrivals)
            } catch {
                return recover(from: error)
            }
        }
    }

    private func admit(_ socket: consuming FileDescriptor, into arrivals: inout [Arrival]) {
        let rawValue = socket.rawValue
        // Who has already gone has no address: nothing to talk to.
        guard let peer = (try? StreamSocket.peerAddress(rawValue))?.unmapped else { return }
        let responder = HandshakeResponder(
            credentials: credentials, policy: policy, peerIsLocal: peer.isLoopback)
        let guest = Guest(
            token: nextToken, socket: socket, peerAddress: peer, responder: responder)
        nextToken += 1
        do {
            try StreamSocket.sendAtOnce(rawValue)
            try watch(rawValue, token: guest.token)
        } catch { return }
        guests.append(guest)
        // Honest ranks speak at once, so the hello is usually here already.
        advance(guest, into: &arrivals)
    }

    private func advance(_ guest: Guest, into arrivals: inout [Arrival]) {
        switch guest.advance() {
        case .waits: return
        case .left(let outcome):
            report(outcome, of: guest)
            remove(guest)
        case .arrived(let purpose):
            forget(guest.rawValue)
            if let socket = guest.takeSocket() {
                arrivals.append(
                    Arrival(purpose: purpose, peerAddress: guest.peerAddress, socket: socket))
            }
            remove(guest)
        }
    }

    private func remove(_ guest: Guest) {
        guard let index = guests.firstIndex(where: { $0 === guest }) else { return }
        if let socket = guest.takeSocket() { forget(socket.rawValue) }
        guests.remove(at: index)
        if pausedUntil != nil, guests.count < Self.guestLimit { pausedUntil = 0 }
        resumeWhenDue()
    }

    private func dropExpired() {
        let now = Clock.nowNanoseconds()
        while let oldest = guests.first, now >= oldest.arrivedAt + Self.guestNanoseconds {
            report(.failed("silent for \(Self.guestSeconds) s"), of: oldest)
            remove(oldest)
        }
    }

    /// The next to go when the house is full: the oldest, but silent ones before those that know the
    /// job; nil while all are within their courtesy.
    private var dispensableGuest: Guest? {
        let now = Clock.nowNanoseconds()
        let candidates = [guests.first { !$0.isIntroduced }, guests.first { $0.isIntroduced }]
        return candidates.lazy.compactMap { $0 }.first { now >= $0.courtesyEnd }
    }

    /// While the house is full of guests within their courtesy, newcomers wait in the kernel's queue.
    private func hasRoomOrCanMakeIt() -> Bool {
        guard guests.count >= Self.guestLimit, dispensableGuest == nil else { return true }
        pause(until: guests.lazy.map(\.courtesyEnd).min() ?? 0)
        return false
    }

    private func makeRoom() {
        guard guests.count >= Self.guestLimit, let guest = dispensableGuest else { return }
        report(.failed("dropped for newer ones"), of: guest)
        remove(guest)
    }

    /// Without descriptors or memory the queue would wake us for ever: take one connection with the
    /// reserve and close it, which tells its owner to come again, then rest for a moment.
    private func recover(from error: SystemError) {
        Log.write(.debug, "doorkeeper: \(error)")
        if error.isOutOfDescriptors {
            if let oldest = guests.first { remove(oldest) }
            reserve = nil
            _ = try? StreamSocket.accept(listenerNumber)
            reserve = try? FileDescriptor.null()
        }
        pause(until: Clock.nowNanoseconds() + 20_000_000)
    }

    private func pause(until moment: UInt64) {
        watchListener(for: [])
        pausedUntil = moment
    }

    private func resumeWhenDue() {
        guard let moment = pausedUntil, Clock.nowNanoseconds() >= moment else { return }
        pausedUntil = nil
        watchListener(for: .readable)
    }

    /// A refusal is probably an operator's mistake and worth a warning; noise is not. Both are
    /// bounded, for strangers choose how often they come.
    private func report(_ outcome: HandshakeOutcome, of guest: Guest) {
        guard case .refused(let refusal) = outcome else {
            return Log.write(.debug, "dropped \(guest.peerAddress): \(outcome)")
        }
        refusalCount += 1
        guard refusalCount <= Self.warningLimit else {
            return Log.write(.debug, "refused \(guest.peerAddress): \(refusal.text)")
        }
        Log.write(.warning, "refused \(guest.peerAddress): \(refusal.text)")
    }
}
