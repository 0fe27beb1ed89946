extension LivenessState {
    /// How much a rank is to blame for an operation that did not end, the worst first.
    private enum Blame: Int {
        /// It does not answer: stopped, or without processor time.
        case unanswered
        /// It answers, and is outside of any operation: it never came.
        case absent
        /// It is inside an earlier operation, where it may well wait for another.
        case behind
        /// Nobody could ask it: all ranks that held connections to it have left.
        case unasked
    }

    private struct Accused {
        var rank: Int
        var blame: Blame
        var state: OperationState
    }

    /// Tells everyone who kept the operation from ending, as far as it was found out.
    mutating func giveVerdict(_ inquest: InquestRecord, _ now: UInt64) {
        guard let index = registrationIndex(inquest.communicator), registrations[index].isHealthy,
            let sequence = inquest.ownSequence
        else { return }
        var accused = ranked(inquest, index)
        // Of all others it is known that they answer, and are where they should be.
        if accused.isEmpty { accused = unasked(inquest, index) }
        let own = registrations[index].operation
        let what = configuration.describeOperation(
            own.entered == sequence ? own.header : .zero, sequence)
        let reasons = accused.prefix(Self.namesLimit).map { describe($0, index) }
        let more = accused.count - reasons.count
        let why =
            accused.isEmpty
            ? "all ranks entered the operation and answer"
            : reasons.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
        spread(
            LivenessMessage.Abort(
                communicator: inquest.communicator, code: .timedOut, phase: .operation,
                culprit: accused.first?.rank, origin: rank,
                text: AbortCause.shortened(
                    "\(what) timed out on \(name(of: rank, in: index)): \(why)")), now)
    }

    /// The ranks to blame, the culprit first. Of those that are behind, the furthest behind is: the
    /// others wait for it.
    private func ranked(_ inquest: InquestRecord, _ index: Int) -> [Accused] {
        var list: [Accused] = []
        for testimony in inquest.testimonies where registrations[index].contains(testimony.rank) {
            let state = testimony.state
            if testimony.kind == .unanswered {
                list.append(Accused(rank: testimony.rank, blame: .unanswered, state: state))
            } else if state.entered < inquest.ownSequence ?? inquest.sequence {
                let blame = state.isInside ? Blame.behind : .absent
                list.append(Accused(rank: testimony.rank, blame: blame, state: state))
            }
        }
        func order(_ accused: Accused) -> (Int, UInt64, Int) {
            let progress = accused.blame == .behind ? accused.state.entered : 0
            let rank = registrations[index].rank(of: accused.rank) ?? .max
            return (accused.blame.rawValue, progress, rank)
        }
        return list.sorted { order($0) < order($1) }
    }

    /// The members that no question could reach; those that spoke on a data link first, for this
    /// rank may well wait for them.
    private func unasked(_ inquest: InquestRecord, _ index: Int) -> [Accused] {
        let reached = reachedRanks()
        return registrations[index].members.filter { member in
            fates[member] == .present && !reached[member]
                && !registrations[index].departed.contains(member)
        }.map { member in
            let seen = inquest.evidence.first { $0.rank == member }
            let state = OperationState(
                entered: seen?.sequence ?? 0, completed: 0, header: seen?.header ?? .zero)
            return Accused(rank: member, blame: .unasked, state: state)
        }.sorted { ($1.state.entered, $0.rank) < ($0.state.entered, $1.rank) }
    }

    /// Which ranks a flood from here comes to over those that are present.
    private func reachedRanks() -> [Bool] {
        var isReached = Array(repeating: false, count: worldSize)
        isReached[rank] = true
        var next = [rank]
        while let teller = next.popLast() {
            for listener in neighbourhood.neighbours(of: teller)
            where fates[listener] == .present && !isReached[listener] {
                isReached[listener] = true
                next.append(listener)
            }
        }
        return isReached
    }

    private func describe(_ accused: Accused, _ index: Int) -> String {
        let name = name(of: accused.rank, in: index)
        let state = accused.state
        let last =
            state.entered == 0
            ? "no operation" : configuration.describeOperation(state.header, state.entered)
        return switch accused.blame {
        case .unanswered:
            "\(name) does not answer (stopped, or without processor time); "
                + "the last operation seen of it is \(last)"
        case .absent: "\(name) is late: it last entered \(last), and returned from it"
        case .behind: "\(name) is behind: it last entered \(last), and is still in it"
        case .unasked:
            "\(name) cannot be asked (all ranks connected to it have left); "
                + "the last operation seen of it is \(last)"
        }
    }
}
