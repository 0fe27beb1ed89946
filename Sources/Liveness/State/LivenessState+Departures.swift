extension LivenessState {
    /// Says goodbye: the driver sends what there is and closes. Nothing is answered afterwards.
    package mutating func leave(now: UInt64) {
        guard !hasLeft else { return }
        flushDepartures()
        var list: [LivenessMessage.Departure] = []
        for registration in registrations where registration.isHealthy {
            list.append(
                .init(
                    communicator: registration.communicator, rank: rank,
                    completed: registration.operation.completed))
        }
        // Last, because whoever reads it reads no further.
        list.append(.init(communicator: 0, rank: rank, completed: 0))
        for group in LivenessMessage.Departure.grouped(list) { flood(.departures(group)) }
        hasLeft = true
        nextHeartbeatAt = .max
    }

    mutating func heardDepartures(
        _ list: [LivenessMessage.Departure], from teller: Int, hops: UInt8, _ now: UInt64
    ) {
        for departure in list {
            let isNew =
                departure.communicator == 0
                ? fates[departure.rank] == .present && departure.rank != rank
                : departures.note(departure)
            guard isNew else { continue }
            departures.relayLater(departure, hops: hops, now)
            if departure.communicator == 0 {
                left(departure.rank, now)
            } else if let index = registrationIndex(departure.communicator) {
                apply(departure, to: index, now)
            }
        }
    }

    /// A process left in good order.
    private mutating func left(_ leaver: Int, _ now: UInt64) {
        fates[leaver] = .left
        departures.note(.init(communicator: 0, rank: leaver, completed: 0))
        doubts.removeAll { $0.suspect == leaver }
        closeLink(leaver)
        for index in registrations.indices where registrations[index].contains(leaver) {
            if !registrations[index].departed.contains(leaver) {
                registrations[index].departed.append(leaver)
            }
            checkSuspects(index, now)
        }
        actions.append(.note(.left(leaver)))
    }

    mutating func closeLink(_ rank: Int) {
        guard let index = neighbourIndex(rank), neighbours[index].link != .down else { return }
        neighbours[index].link = .down
        actions.append(.closeLink(rank))
    }

    /// A member left the communicator after `completed`: later operations never end.
    mutating func apply(
        _ departure: LivenessMessage.Departure, to index: Int, _ now: UInt64
    ) {
        guard registrations[index].contains(departure.rank) else { return }
        if !registrations[index].departed.contains(departure.rank) {
            registrations[index].departed.append(departure.rank)
        }
        let isLower =
            (departure.completed, departure.rank)
            < (registrations[index].lastPossible, registrations[index].lastPossibleRank)
        if isLower {
            registrations[index].lastPossible = departure.completed
            registrations[index].lastPossibleRank = departure.rank
            actions.append(
                .limit(communicator: departure.communicator, sequence: departure.completed))
        }
        checkPossible(index, now)
        checkSuspects(index, now)
    }

    /// An operation that needs a rank which left it behind can only fail.
    mutating func checkPossible(_ index: Int, _ now: UInt64) {
        let registration = registrations[index]
        guard registration.isHealthy, registration.operation.isInside,
            registration.operation.entered > registration.lastPossible
        else { return }
        spreadDeparture(index, of: registration.lastPossibleRank, now)
    }

    /// A broken data link to a rank that left needs no other explanation.
    mutating func checkSuspects(_ index: Int, _ now: UInt64) {
        guard registrations[index].isHealthy else { return }
        let gone = registrations[index].suspicions.first { suspicion in
            suspicion.accuser == rank && registrations[index].departed.contains(suspicion.suspect)
        }
        if let gone { spreadDeparture(index, of: gone.suspect, now) }
    }

    mutating func spreadDeparture(_ index: Int, of leaver: Int, _ now: UInt64) {
        let name = name(of: leaver, in: index)
        let operation = registrations[index].operation
        let what = configuration.describeOperation(operation.header, operation.entered)
        spread(
            LivenessMessage.Abort(
                communicator: registrations[index].communicator, code: .peerLeft,
                phase: registrations[index].phase, culprit: leaver, origin: rank,
                text: "\(name) left in good order, and \(what) needs it"), now)
    }

    /// Relays the departures heard of since the last time.
    mutating func flushDepartures() {
        let (list, hops) = departures.takePending()
        for group in LivenessMessage.Departure.grouped(list) {
            flood(.departures(group), hops: hops)
        }
    }
}

extension LivenessMessage.Departure {
    /// Parts that fit a message each.
    static func grouped(_ list: [Self]) -> [[Self]] {
        stride(from: 0, to: list.count, by: limit).map {
            Array(list[$0..<min($0 + limit, list.count)])
        }
    }
}

/// The departures heard of last, and those not yet relayed.
struct RecentDepartures: Sendable {
    private struct Key: Hashable {
        var communicator: UInt64
        var rank: Int
    }

    private(set) var all: [LivenessMessage.Departure] = []
    private var known: Set<Key> = []
    private var pending: [LivenessMessage.Departure] = []
    private var pendingHops: UInt8 = 0
    private(set) var flushAt: UInt64?

    /// All are forgotten when there are more; the hop limit ends what still circulates then.
    static let limit = 8192

    /// False where it is known.
    @discardableResult
    mutating func note(_ departure: LivenessMessage.Departure) -> Bool {
        let key = Key(communicator: departure.communicator, rank: departure.rank)
        guard !known.contains(key) else { return false }
        if all.count == Self.limit {
            all.removeAll()
            known.removeAll()
        }
        known.insert(key)
        all.append(departure)
        return true
    }

    mutating func relayLater(_ departure: LivenessMessage.Departure, hops: UInt8, _ now: UInt64) {
        pending.append(departure)
        pendingHops = max(pendingHops, hops)
        if flushAt == nil { flushAt = now + LivenessConfiguration.Times.departureBatch }
    }

    mutating func takePending() -> ([LivenessMessage.Departure], hops: UInt8) {
        defer {
            pending = []
            pendingHops = 0
            flushAt = nil
        }
        return (pending, pendingHops)
    }
}
