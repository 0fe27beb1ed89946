extension LivenessState {
    /// One communicator's operation did not end in time: who is to blame?
    struct InquestRecord: Sendable {
        let communicator: UInt64
        /// The highest operation that an initiator waits for.
        var sequence: UInt64
        var lowestInitiator: Int
        /// The operation that this rank waits for, where it is an initiator.
        var ownSequence: UInt64?
        /// When the neighbours are judged, nil once they were.
        var judgeAt: UInt64?
        /// When this rank gives its verdict, nil where it is no initiator.
        var verdictAt: UInt64?
        var isBackup = false
        let expiresAt: UInt64
        /// Which neighbours answered, and how far they came.
        var answers: [Answer]
        var testimonies: [LivenessMessage.Testimony] = []
        /// The last header of each rank of the world that came over a data link here.
        var evidence: [HeardHeader] = []

        enum Answer: Sendable, Hashable {
            case none
            case stranger
            case member(OperationState)
        }

        /// When it is forgotten: never while somebody here waits for its verdict.
        var end: UInt64 { verdictAt == nil ? expiresAt : .max }
        var nextDeadline: UInt64 { min(judgeAt ?? .max, verdictAt ?? .max, end) }
    }

    /// How many inquests of communicators that this rank is not in are relayed at a time; and how
    /// long each is remembered. Those of its own communicators are as few as these.
    static var inquestLimit: Int { 256 }
    static var inquestLife: UInt64 { 5_000_000_000 }
    /// How many ranks testimony is heard about in one inquest.
    static var testimonyLimit: Int { 64 }

    /// An operation's deadline passed on this rank; `heard` speaks in the communicator's ranks.
    package mutating func inquest(
        communicator: UInt64, sequence: UInt64, heard: [HeardHeader], now: UInt64
    ) {
        guard let index = registrationIndex(communicator), registrations[index].isHealthy
        else { return }
        let members = registrations[index].members
        let isNew = open(communicator, sequence, initiator: rank, now)
        guard let record = inquests.firstIndex(where: { $0.communicator == communicator }),
            inquests[record].ownSequence == nil
        else { return }
        inquests[record].evidence = heard.map { header in
            HeardHeader(
                rank: members[header.rank], sequence: header.sequence, header: header.header)
        }
        inquests[record].ownSequence = sequence
        inquests[record].verdictAt = now + LivenessConfiguration.Times.verdict
        if isNew { floodInquest(record, hops: 0) }
        for testimony in inquests[record].testimonies { addEvidence(record, testimony) }
    }

    mutating func heardInquest(
        _ inquest: LivenessMessage.Inquest, from neighbour: Int, hops: UInt8, _ now: UInt64
    ) {
        // Members that know the verdict have nothing to find out.
        guard aborts.first(for: inquest.communicator) == nil else { return }
        let isNew = open(inquest.communicator, inquest.sequence, initiator: inquest.initiator, now)
        guard
            let record = inquests.firstIndex(where: { $0.communicator == inquest.communicator })
        else { return }
        inquests[record].answers[neighbour] =
            inquest.state.map { .member($0) } ?? .stranger
        if isNew { floodInquest(record, hops: hops) }
    }

    /// Opens a record or extends it; true where the others should hear of it.
    private mutating func open(
        _ communicator: UInt64, _ sequence: UInt64, initiator: Int, _ now: UInt64
    ) -> Bool {
        if let known = inquests.firstIndex(where: { $0.communicator == communicator }) {
            let isNews =
                initiator < inquests[known].lowestInitiator || sequence > inquests[known].sequence
            inquests[known].lowestInitiator = min(inquests[known].lowestInitiator, initiator)
            inquests[known].sequence = max(inquests[known].sequence, sequence)
            return isNews
        }
        guard hasRoom(for: communicator) else { return false }
        inquests.append(
            InquestRecord(
                communicator: communicator, sequence: sequence, lowestInitiator: initiator,
                judgeAt: now + LivenessConfiguration.Times.answerWindow,
                expiresAt: now + Self.inquestLife,
                answers: Array(repeating: .none, count: neighbours.count)))
        return true
    }

    /// A record that is there is never given up for another: callers may wait for its verdict, and
    /// ranks that forgot what they had relayed would relay it to each other again and again.
    private func hasRoom(for communicator: UInt64) -> Bool {
        if registrationIndex(communicator) != nil { return true }
        let strange = inquests.count { registrationIndex($0.communicator) == nil }
        return strange < Self.inquestLimit
    }

    /// Asks on, and answers whoever asked: every rank's message tells how far it came itself.
    private mutating func floodInquest(_ record: Int, hops: UInt8) {
        let inquest = inquests[record]
        let own = registrationIndex(inquest.communicator).map { registrations[$0].operation }
        flood(
            .inquest(
                .init(
                    communicator: inquest.communicator, sequence: inquest.sequence,
                    initiator: inquest.lowestInitiator, state: own)), hops: hops)
    }

    mutating func judgeInquests(_ now: UInt64) {
        inquests.removeAll { now >= $0.end }
        for record in inquests.indices where now >= inquests[record].judgeAt ?? .max {
            inquests[record].judgeAt = nil
            judgeNeighbours(record)
        }
        // A verdict fails the communicator, which removes its record.
        while let record = inquests.firstIndex(where: { now >= $0.verdictAt ?? .max }) {
            let isLowest = inquests[record].lowestInitiator >= rank
            guard isLowest || inquests[record].isBackup else {
                inquests[record].isBackup = true
                inquests[record].verdictAt =
                    now + LivenessConfiguration.Times.verdictBackup
                    - LivenessConfiguration.Times.verdict
                continue
            }
            inquests[record].verdictAt = nil
            giveVerdict(inquests[record], now)
        }
    }

    private mutating func judgeNeighbours(_ record: Int) {
        let communicator = inquests[record].communicator
        for index in neighbours.indices where neighbours[index].link == .up {
            switch inquests[record].answers[index] {
            case .stranger: continue
            case .member(let state):
                guard state.entered < inquests[record].sequence else { continue }
                testify(record, neighbours[index].rank, .stated, state)
            case .none:
                let last = lastProgress(of: index, in: communicator)
                testify(record, neighbours[index].rank, .unanswered, last)
            }
        }
    }

    private mutating func testify(
        _ record: Int, _ rank: Int, _ kind: LivenessMessage.Testimony.Kind, _ state: OperationState
    ) {
        let testimony = LivenessMessage.Testimony(
            communicator: inquests[record].communicator, rank: rank, kind: kind, state: state)
        guard weigh(record, testimony) else { return }
        flood(.testimony(testimony))
        addEvidence(record, testimony)
    }

    mutating func heardTestimony(_ testimony: LivenessMessage.Testimony, hops: UInt8) {
        guard
            let record = inquests.firstIndex(where: { $0.communicator == testimony.communicator }),
            weigh(record, testimony)
        else { return }
        flood(.testimony(testimony), hops: hops)
        if testimony.rank == rank, testimony.kind == .unanswered {
            // Slow, but here: the answer was on its way.
            let own = registrationIndex(testimony.communicator).map { registrations[$0].operation }
            testify(record, rank, .stated, own ?? OperationState(entered: .max, completed: .max))
        }
        addEvidence(record, testimony)
    }

    /// Tells what the data links showed, where it is more than a silent rank's last heartbeat.
    private mutating func addEvidence(_ record: Int, _ testimony: LivenessMessage.Testimony) {
        guard testimony.kind == .unanswered,
            let seen = inquests[record].evidence.first(where: { $0.rank == testimony.rank }),
            seen.sequence > testimony.state.entered
        else { return }
        testify(
            record, testimony.rank, .unanswered,
            OperationState(
                entered: seen.sequence, completed: testimony.state.completed, header: seen.header))
    }

    /// Keeps what says most; false where it is no news.
    private mutating func weigh(_ record: Int, _ new: LivenessMessage.Testimony) -> Bool {
        let known = inquests[record].testimonies.firstIndex { $0.rank == new.rank }
        guard let known else {
            guard inquests[record].testimonies.count < Self.testimonyLimit else { return false }
            inquests[record].testimonies.append(new)
            return true
        }
        let old = inquests[record].testimonies[known]
        let isStronger =
            (new.kind.rawValue, new.state.entered, new.state.completed)
            > (old.kind.rawValue, old.state.entered, old.state.completed)
        if isStronger { inquests[record].testimonies[known] = new }
        return isStronger
    }
}
