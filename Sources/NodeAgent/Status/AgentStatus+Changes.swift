internal import Platform

extension AgentStatus.ControlPlane {
    mutating func answered(at nanoseconds: UInt64) {
        isReachable = true
        contactNanoseconds = nanoseconds
        unreachableSinceNanoseconds = nil
        lastError = nil
    }

    mutating func failed(_ message: String, at nanoseconds: UInt64) {
        isReachable = false
        unreachableSinceNanoseconds = unreachableSinceNanoseconds ?? nanoseconds
        lastError = message
    }
}

extension AgentStatus.Counters {
    mutating func count(_ counter: Registration.WritableCounter) {
        switch counter {
        case .registrations: registrations += 1
        case .leaseRenewals: leaseRenewals += 1
        case .leaseRenewalFailures: leaseRenewalFailures += 1
        case .leasesLost: leasesLost += 1
        case .recordWrites: recordWrites += 1
        case .heals: heals += 1
        case .controlPlaneErrors: controlPlaneErrors += 1
        case .refusals: refusals += 1
        }
    }

    mutating func count(_ counter: Prober.WritableCounter) {
        switch counter {
        case .probesSent: probesSent += 1
        case .probesFailed: probesFailed += 1
        case .verdictsWritten: verdictsWritten += 1
        case .freezes: freezes += 1
        }
    }
}

extension Moment {
    static func current() -> Moment {
        Moment(nanoseconds: Clock.nowNanoseconds(), unixSeconds: WallClock.nowUnixSeconds())
    }
}

extension Registration {
    /// The lease as the status shows it.
    var leaseStatus: AgentStatus.Lease? {
        lease.map {
            AgentStatus.Lease(
                id: $0.id, timeToLiveSeconds: $0.seconds,
                renewedNanoseconds: $0.renewedNanoseconds)
        }
    }
}
