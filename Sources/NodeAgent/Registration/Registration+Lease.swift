// The lease, and requests that get no answer.

extension Registration {
    /// Renews every third of the lease, also while another request waits for its answer.
    mutating func renewIfDue() {
        guard let lease, mayRenew, now.nanoseconds >= nextRenewalNanoseconds else { return }
        let flight = launch(.renew(lease: lease.id))
        renewal = flight
    }

    var mayRenew: Bool {
        lease != nil && renewal == nil && departure?.hasTombstone != true
    }

    mutating func scheduleRenewal(from sent: UInt64) {
        nextRenewalNanoseconds = sent + UInt64(settings.leaseSeconds) * 1_000_000_000 / 3
    }

    mutating func takeRenewal(_ answer: Answer, _ flight: Flight) {
        guard case .renew(let id) = flight.request, lease?.id == id else { return }
        switch answer {
        case .renewed(let seconds):
            lease?.renewedNanoseconds = flight.sentNanoseconds
            lease?.seconds = seconds
            scheduleRenewal(from: flight.sentNanoseconds)
            count(.leaseRenewals)
            // Whatever waited for the control plane to come back need not wait longer.
            succeeded()
        case .failed(let failure):
            count(.leaseRenewalFailures)
            if failure.isLeaseMissing { return loseLease() }
            count(.controlPlaneErrors)
            let pause = backoff.failed()
            let longest = UInt64(settings.leaseSeconds) * 1_000_000_000 / 6
            let isAlive = now.nanoseconds < lease?.expiresNanoseconds ?? 0
            nextRenewalNanoseconds = now.nanoseconds + (isAlive ? min(pause, longest) : pause)
            noteSilence("the lease was not renewed: \(failure.message)")
        default: break
        }
    }

    /// The store has forgotten the lease, and with it the `live` key.
    mutating func loseLease() {
        guard lease != nil else { return }
        lease = nil
        known?.values[.live] = nil
        count(.leasesLost)
        log(.leaseLost, "the lease ended; asking for another one")
    }

    /// A request that was not answered in time has failed, whatever becomes of it.
    mutating func expireRequests() {
        for flight in [request, renewal].compactMap(\.self)
        where now.nanoseconds >= flight.deadlineNanoseconds {
            let seconds = settings.requestTimeoutSeconds
            let failure = StoreFailure("no answer within \(seconds) s")
            if case .probe = flight.request {
                take(
                    .answer(
                        serial: flight.serial,
                        .probed(hasAnswered: false, evidence: failure.message)))
            } else {
                take(.answer(serial: flight.serial, .failed(failure)))
            }
        }
    }

    mutating func launch(_ what: Request) -> Flight {
        lastSerial += 1
        actions.append(.send(serial: lastSerial, what))
        return Flight(
            serial: lastSerial, request: what, sentNanoseconds: now.nanoseconds,
            deadlineNanoseconds: now.nanoseconds + UInt64(settings.requestTimeoutSeconds * 1e9))
    }

    mutating func send(_ what: Request) {
        let flight = launch(what)
        request = flight
    }
}

extension Registration.Request {
    var name: String {
        switch self {
        case .read: "reading the own keys"
        case .grant: "asking for a lease"
        case .renew: "renewing the lease"
        case .revoke: "giving the lease back"
        case .commit: "writing the own keys"
        case .probe: "probing"
        }
    }
}
