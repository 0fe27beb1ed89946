internal import Platform

/// Brings the processes of a job together.
package enum Meeting {
    /// Finds, checks and trusts every other rank of the job.
    ///
    /// Blocks until all ranks are there, or throws within the configured time-out (half a second
    /// later at most, for the host's verdict to arrive). Every rank that came throws the same cause.
    package static func join(
        _ configuration: JoinConfiguration
    ) throws(BootstrapError) -> Membership {
        try configuration.validate()
        let deadline = Deadline(secondsFromNow: configuration.timeoutSeconds)
        return configuration.rank == 0
            ? try host(configuration, deadline) : try visit(configuration, deadline)
    }

    private static func host(
        _ configuration: JoinConfiguration, _ deadline: Deadline
    ) throws(BootstrapError) -> Membership {
        let isFile: Bool
        if case .file = configuration.place { isFile = true } else { isFile = false }
        let token = isFile ? UInt64.random(in: 1 ... .max) : 0
        let listener = try MeetingListener(configuration: configuration, deadline: deadline).open()
        let doorkeeper = try Doorkeeper(
            listener: listener, credentials: configuration.credentials,
            policy: AdmissionPolicy(rank: 0, epoch: configuration.epoch, meeting: token))
        let endpoint = try EndpointChoice.ofHost(configuration, doorkeeper.address)
        var roster = [member(configuration, at: endpoint)]
        if configuration.rankCount > 1 {
            let file = try publish(configuration, token: token, listener: doorkeeper.address)
            defer { file?.remove() }
            let meeting = try MeetingHost(
                configuration: configuration, doorkeeper: doorkeeper, own: roster[0],
                deadline: deadline)
            roster = try meeting.run()
        }
        doorkeeper.policy.meeting = nil
        return conclude(configuration, roster, doorkeeper)
    }

    private static func visit(
        _ configuration: JoinConfiguration, _ deadline: Deadline
    ) throws(BootstrapError) -> Membership {
        let finder = MeetingFinder(configuration: configuration, deadline: deadline)
        guard let socket = try finder.reach().take() else {
            throw BootstrapError(.system, "the connection got lost", phase: .connecting)
        }
        let route = try inPhase(.connecting) { () throws(SystemError) in
            try StreamSocket.localAddress(socket.rawValue).unmapped
        }
        let address = try EndpointChoice.ofVisitor(configuration, route: route)
        let doorkeeper = try Doorkeeper(
            listeningOn: address.with(port: 0), credentials: configuration.credentials,
            policy: AdmissionPolicy(rank: configuration.rank, epoch: configuration.epoch))
        let joiner = try MeetingJoiner(
            configuration: configuration, doorkeeper: doorkeeper,
            own: member(configuration, at: doorkeeper.address), host: socket, deadline: deadline)
        return conclude(configuration, try joiner.run(), doorkeeper)
    }

    private static func member(
        _ configuration: JoinConfiguration, at endpoint: SocketAddress
    ) -> Member {
        Member(
            rank: configuration.rank, endpoint: endpoint, host: .current,
            processIdentifier: Host.processIdentifier,
            processors: .usable, capabilities: configuration.capabilities)
    }

    private static func conclude(
        _ configuration: JoinConfiguration, _ roster: [Member], _ doorkeeper: Doorkeeper
    ) -> Membership {
        let membership = Membership(
            configuration: configuration, roster: roster, doorkeeper: doorkeeper)
        let own = roster[configuration.rank]
        let route = own.rank == 0 ? "hosting the meeting" : "by the route to rank 0"
        let source = configuration.interface.map { "by \($0.source) \($0.text)" }
        Log.write(
            .info,
            "rank \(own.rank) of \(roster.count) in \(configuration.credentials) is reached at "
                + "\(own.endpoint) (\(source ?? route))")
        return membership
    }

    private struct Publication {
        let file: MeetingFile
        let path: String
        func remove() { file.remove(path) }
    }

    private static func publish(
        _ configuration: JoinConfiguration, token: UInt64, listener: SocketAddress
    ) throws(BootstrapError) -> Publication? {
        guard case .file(let path) = configuration.place else { return nil }
        let endpoints = try EndpointChoice.published(listener)
        let file = MeetingFile(token: token, endpoints: endpoints)
        try file.write(path)
        return Publication(file: file, path: path)
    }
}
