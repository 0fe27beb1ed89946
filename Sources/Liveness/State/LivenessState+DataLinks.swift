internal import CLinux
internal import Platform

extension LivenessState {
    /// A data link of a communicator that somebody reported broken.
    struct DataLinkSuspicion: Sendable {
        let accuser: Int
        let suspect: Int
        let errorNumber: Int32
        /// The suspect's process said that it lives, after the report.
        var isAnswered = false
    }

    /// How many reports of one communicator are weighed; later ones are relayed only.
    static var dataLinkLimit: Int { 256 }

    /// The data link to a rank of the communicator broke here.
    package mutating func suspect(
        communicator: UInt64, rank member: Int, errorNumber: Int32, now: UInt64
    ) {
        guard let index = registrationIndex(communicator), registrations[index].isHealthy
        else { return }
        let suspect = registrations[index].members[member]
        guard suspect != rank else { return }
        if registrations[index].departed.contains(suspect) {
            return spreadDeparture(index, of: suspect, now)
        }
        heardSuspicion(
            .init(
                communicator: communicator, accuser: rank, suspect: suspect,
                errorNumber: errorNumber), hops: 0, now)
    }

    mutating func suspectDataLink(
        _ index: Int, _ suspicion: LivenessMessage.Suspicion, _ now: UInt64
    ) {
        guard registrations[index].isHealthy,
            registrations[index].suspicions.count < Self.dataLinkLimit
        else { return }
        registrations[index].suspicions.append(
            DataLinkSuspicion(
                accuser: suspicion.accuser, suspect: suspicion.suspect,
                errorNumber: suspicion.errorNumber))
        guard suspicion.accuser == rank, registrations[index].suspicionEndsAt == nil else { return }
        // The lowest accuser judges, so that all hear the same. Who hears of a lower one while
        // waiting waits longer: `judgeDataLinks` looks again.
        registrations[index].suspicionEndsAt = now + LivenessConfiguration.Times.suspicionHold
        registrations[index].isSuspicionBackup = false
    }

    mutating func judgeDataLinks(_ now: UInt64) {
        for index in registrations.indices {
            guard let end = registrations[index].suspicionEndsAt, now >= end else { continue }
            let isLowest = !registrations[index].suspicions.contains { $0.accuser < rank }
            if isLowest || registrations[index].isSuspicionBackup {
                judgeDataLinks(of: index, now)
            } else {
                registrations[index].isSuspicionBackup = true
                registrations[index].suspicionEndsAt =
                    end + LivenessConfiguration.Times.suspicionBackup
                    - LivenessConfiguration.Times.suspicionHold
            }
        }
    }

    /// No better cause came: names the rank at which most broken links end.
    private mutating func judgeDataLinks(of index: Int, _ now: UInt64) {
        registrations[index].suspicionEndsAt = nil
        guard registrations[index].isHealthy else { return }
        let list = registrations[index].suspicions
        guard let mine = list.first(where: { $0.accuser == rank }) else { return }
        var worst = mine.suspect
        for pair in list {
            for candidate in [pair.suspect, pair.accuser]
            where links(at: candidate, list) > links(at: worst, list) {
                worst = candidate
            }
        }
        guard let pair = list.first(where: { $0.suspect == worst || $0.accuser == worst })
        else { return }
        let others = list.filter { $0.suspect == worst }
        let answers =
            others.contains(where: \.isAnswered)
            ? "although its process answers" : "and its process did not answer in time"
        let other = pair.suspect == worst ? pair.accuser : pair.suspect
        let text =
            "connection between \(name(of: other, in: index)) and \(name(of: worst, in: index)) "
            + "lost (\(Self.errorText(pair.errorNumber))) \(answers)"
        spread(
            LivenessMessage.Abort(
                communicator: registrations[index].communicator, code: .peerLost,
                phase: registrations[index].phase, culprit: worst, origin: rank,
                errorNumber: pair.errorNumber, text: text), now)
    }

    private func links(at rank: Int, _ list: [DataLinkSuspicion]) -> Int {
        list.count { $0.suspect == rank || $0.accuser == rank }
    }

    static func errorText(_ code: Int32) -> String {
        code == 0 || code == EPIPE ? "end of the stream" : SystemError.text(of: code)
    }
}
