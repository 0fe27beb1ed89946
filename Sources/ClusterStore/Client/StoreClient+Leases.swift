extension StoreClient {
    /// Grants a lease.
    ///
    /// - Parameter seconds: how long it lasts without renewal; the store may give more.
    /// - Parameter id: its number; nil lets the store choose.
    package func grantLease(
        seconds: Int64, id: LeaseID? = nil, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> LeaseInfo {
        // A lease that nobody knows of ends by itself, so one too many does no harm; one with a
        // given number cannot be granted twice.
        let kind: CallKind = id == nil ? .reading : .writing
        return try await call(kind, timeoutSeconds) { connection, options in
            var request = Etcdserverpb_LeaseGrantRequest()
            request.ttl = seconds
            request.id = id?.rawValue ?? 0
            let response = try await connection.leases.leaseGrant(request, options: options)
            return LeaseInfo(
                id: LeaseID(response.id), remainingSeconds: response.ttl,
                grantedSeconds: response.ttl)
        }
    }

    /// Renews a lease once and answers how many seconds it has from now.
    ///
    /// - Throws: `.leaseNotFound` when it ended: its keys are gone.
    @discardableResult
    package func renew(
        _ lease: LeaseID, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> Int64 {
        try await call(.reading, timeoutSeconds) { connection, _ in
            let response = try await connection.renewals.renew(lease.rawValue)
            guard response.ttl > 0 else {
                throw StoreError(
                    .leaseNotFound, "lease \(lease) ended or never was",
                    endpoint: "\(connection.endpoint)",
                    remedy: "grant a new one and put its keys again")
            }
            return response.ttl
        }
    }

    /// Renews a lease again and again, on the client's own thread where it has one, until it is
    /// lost, or the task is cancelled.
    ///
    /// A renewal that fails is tried again at once, with the client's back-off, for as long as the
    /// store may still know the lease.
    ///
    /// - Parameter onRenewal: told, after each renewal, the seconds that the lease has.
    /// - Parameter onFailure: told what failed, while it is tried again.
    /// - Throws: `.leaseNotFound` when the lease ended, or an error that trying again cannot mend;
    ///   returns when cancelled.
    package func keepAlive(
        _ lease: LeaseID, everySeconds: Double,
        onRenewal: @escaping @Sendable (Int64) -> Void = { _ in },
        onFailure: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) async throws(StoreError) {
        let work: @Sendable () async -> StoreError? = { [self] in
            while !Task.isCancelled {
                do throws(StoreError) {
                    onRenewal(try await renew(lease))
                } catch {
                    guard error.isPassing else { return error }
                    onFailure(error)
                    continue
                }
                await threads.sleep(seconds: everySeconds)
            }
            return nil
        }
        let failure = await withTaskExecutorPreference(threads.executor) { await work() }
        if let failure, failure.code != .cancelled { throw failure }
    }

    /// Ends a lease and deletes its keys.
    package func revokeLease(
        _ lease: LeaseID, timeoutSeconds: Double? = nil
    ) async throws(StoreError) {
        try await call(.writing, timeoutSeconds) { connection, options in
            var request = Etcdserverpb_LeaseRevokeRequest()
            request.id = lease.rawValue
            _ = try await connection.leases.leaseRevoke(request, options: options)
        }
    }

    /// What is left of a lease.
    ///
    /// - Throws: `.leaseNotFound` when it ended or never was.
    package func leaseInfo(
        _ lease: LeaseID, withKeys: Bool = false, timeoutSeconds: Double? = nil
    ) async throws(StoreError) -> LeaseInfo {
        try await call(.reading, timeoutSeconds) { connection, options in
            var request = Etcdserverpb_LeaseTimeToLiveRequest()
            request.id = lease.rawValue
            request.keys = withKeys
            let response = try await connection.leases.leaseTimeToLive(request, options: options)
            guard response.ttl >= 0 else {
                throw StoreError(
                    .leaseNotFound, "lease \(lease) ended or never was",
                    endpoint: "\(connection.endpoint)")
            }
            return LeaseInfo(
                id: LeaseID(response.id), remainingSeconds: response.ttl,
                grantedSeconds: response.grantedTtl,
                keys: response.keys.map { Key(bytes: Array($0)) })
        }
    }

    /// The leases there are.
    package func leases(timeoutSeconds: Double? = nil) async throws(StoreError) -> [LeaseID] {
        try await call(.reading, timeoutSeconds) { connection, options in
            let response = try await connection.leases.leaseLeases(.init(), options: options)
            return response.leases.map { LeaseID($0.id) }
        }
    }
}

extension StoreError {
    /// Whether time alone may mend it.
    package var isPassing: Bool {
        switch code {
        case .unavailable, .deadlineExceeded, .outcomeUnknown, .overloaded, .noSpace: true
        default: false
        }
    }
}
