internal import Platform

/// Why there is no meeting, as all are told.
extension MeetingHost {
    var isEverybodyTold: Bool {
        seats.isEmpty && (!awaitsNewcomers || told.count >= configuration.rankCount - 1)
    }

    /// Tells everybody, once; the first reason stands.
    func conclude(_ error: BootstrapError, awaitsNewcomers: Bool = true) {
        let seconds = error.code == .rankLost ? Self.lossLingerSeconds : Self.lingerSeconds
        guard verdict == nil else { return }
        verdict = error
        self.awaitsNewcomers = awaitsNewcomers
        lingerEnd = Deadline(secondsFromNow: awaitsNewcomers ? seconds : 0.5)
        let frame = Verdict.frame(of: error)
        for seat in seats.values where seat.member != nil {
            told.insert(seat.rank)
            seat.link.send(frame)
        }
    }

    func leave(_ seat: Seat, _ reason: String) {
        epoll.remove(seat.link.rawValue)
        seats[seat.token] = nil
        // Who leaves before it registers has not come: it will try again.
        guard let member = seat.member, registered[seat.rank] === seat else { return }
        conclude(
            BootstrapError(
                .rankLost,
                "rank \(seat.rank) (\(member.place)) was lost during the meeting: \(reason)",
                phase: roster == nil ? .registration : .roster, culprit: seat.rank,
                peer: member.endpoint))
    }

    func violation(_ seat: Seat) -> BootstrapError {
        BootstrapError(
            .protocolViolation,
            "rank \(seat.rank) at \(seat.peer) sent what no rank sends in a meeting",
            phase: .registration, culprit: seat.rank, peer: seat.peer)
    }

    func lateness() -> BootstrapError {
        let count = configuration.rankCount
        let seconds = configuration.timeoutSeconds.plain
        let missing = (1..<count).filter { registered[$0] == nil }
        guard missing.isEmpty else {
            let arrived = [0] + registered.keys.sorted()
            return BootstrapError(
                .missingRank,
                "\(RankList.named(missing)) of \(count) never arrived within \(seconds) s; "
                    + "arrived: \(RankList.text(arrived))", phase: .registration,
                culprit: missing.count == 1 ? missing[0] : nil,
                remedy: "look at the output of \(RankList.named(missing))")
        }
        // A rank whose parent is not ready either has only waited for it.
        let silent = (1..<count).filter { rank in
            let parent = MeetingTree.parent(of: rank) ?? 0
            return registered[rank]?.isReady == false
                && (parent == 0 || registered[parent]?.isReady == true)
        }
        return BootstrapError(
            .timedOut,
            "\(RankList.named(silent)) of \(count) arrived but did not answer any more "
                + "within \(seconds) s", phase: .roster,
            culprit: silent.count == 1 ? silent[0] : nil)
    }
}
