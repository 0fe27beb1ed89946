internal import CLinux

/// A network in virtual time: links between ranks, and whatever goes wrong with both.
///
/// One thread drives it: `next` lets time pass until something concerns a rank. Everything random
/// comes from the seed, so the same calls on the same seed are the same run, bit by bit; `digest`
/// compares two runs.
package final class SimulatedNetwork {
    /// What a driver has to see to.
    package enum Happening: Sendable, Hashable {
        /// Something changed on one of a rank's links.
        case ready(rank: Int)
        /// An alarm rings. Alarms of a rank that is dead never do, and those of one that is stopped
        /// wait until it goes on.
        case alarm(rank: Int?, token: UInt64)
    }

    /// How a rank does.
    package enum Condition: Sendable, Hashable { case running, stopped, dead }

    /// Nanoseconds of virtual time.
    package private(set) var now: UInt64 = 1_000_000_000
    package var random: SeededRandom
    /// Of all that happened so far.
    package private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    /// How often a link was used after it was closed, which a real one could not survive.
    package private(set) var misuseCount = 0
    package private(set) var eventCount = 0

    private var queue = EventQueue()
    private(set) var streams: [SimulatedStream] = []
    private(set) var ends: [SimulatedLinkState] = []
    var ranks: [RankState]
    /// How often the network was cut or healed.
    var cutCount = 0

    struct RankState {
        var condition = Condition.running
        /// How long a rank takes to notice that something changed.
        var reaction: ClosedRange<UInt64> = 0...1000
        var isReadyUnderWay = false
        /// What a stopped rank missed.
        var missed: [Happening] = []
    }

    package init(seed: UInt64, rankCount: Int) {
        random = SeededRandom(seed: seed)
        ranks = Array(repeating: RankState(), count: rankCount)
    }

    /// Opens a link between two ranks. Each end is that of the rank named first.
    package func connect(
        _ left: Int, _ right: Int, forth: LinkConditions, back: LinkConditions
    ) -> (SimulatedLink, SimulatedLink) {
        let (forth, back) = (stream(left, right, forth), stream(right, left, back))
        // The two ends of a link have neighbouring indices.
        let near = SimulatedLinkState(
            network: self, index: ends.count, incoming: back, outgoing: forth)
        let far = SimulatedLinkState(
            network: self, index: ends.count + 1, incoming: forth, outgoing: back)
        ends += [near, far]
        return (SimulatedLink(near, of: self), SimulatedLink(far, of: self))
    }

    private func stream(
        _ sender: Int, _ receiver: Int, _ conditions: LinkConditions
    ) -> SimulatedStream {
        let stream = SimulatedStream(
            index: streams.count, sender: sender, receiver: receiver, conditions: conditions)
        streams.append(stream)
        return stream
    }

    func otherEnd(of end: SimulatedLinkState) -> SimulatedLinkState { ends[end.index ^ 1] }

    /// The end that receives from a stream, and the one that sends to it.
    func receivingEnd(of stream: SimulatedStream) -> SimulatedLinkState { ends[stream.index ^ 1] }
    func sendingEnd(of stream: SimulatedStream) -> SimulatedLinkState { ends[stream.index] }

    func misuse() -> Int {
        misuseCount += 1
        return -Int(EBADF)
    }
}

// MARK: - Time

extension SimulatedNetwork {
    /// Whether anything will ever happen again.
    package var isQuiet: Bool { queue.isEmpty }

    /// Lets time pass until something concerns a rank; nil when nothing ever will.
    package func next() -> Happening? {
        while let event = queue.takeFirst() {
            assert(event.time >= now, "time went back")
            now = event.time
            eventCount += 1
            note(event)
            if let happening = handle(event) { return happening }
        }
        return nil
    }

    /// Rings at a time, for a rank or for the driver itself.
    package func alarm(rank: Int?, at time: UInt64, token: UInt64) {
        add(.alarm, rank ?? -1, token, at: time)
    }

    func add(_ kind: SimulatedEvent.Kind, _ subject: Int, _ value: UInt64, at time: UInt64) {
        queue.add(
            SimulatedEvent(
                time: max(time, now), value: value, subject: Int32(subject), kind: kind))
    }

    private func note(_ event: SimulatedEvent) {
        let what = UInt64(UInt32(bitPattern: event.subject)) << 8 | UInt64(event.kind.rawValue)
        digest = (digest ^ event.time) &* 0x100_0000_01b3
        digest = (digest ^ event.value) &* 0x100_0000_01b3
        digest = (digest ^ what) &* 0x100_0000_01b3
    }

    private func handle(_ event: SimulatedEvent) -> Happening? {
        let subject = Int(event.subject)
        switch event.kind {
        case .settle: settle(streams[subject], to: Int(event.value))
        case .arrive: arrive(streams[subject], Int(event.value))
        case .finish: showFinish(streams[subject])
        case .credit: giveCredit(streams[subject])
        case .fail: fail(ends[subject], FailureNotice(event.value))
        case .expire: expire(ends[subject], generation: event.value)
        case .ready:
            ranks[subject].isReadyUnderWay = false
            return deliver(.ready(rank: subject), to: subject)
        case .alarm:
            let rank = subject < 0 ? nil : subject
            return deliver(.alarm(rank: rank, token: event.value), to: rank)
        }
        return nil
    }

    private func deliver(_ happening: Happening, to rank: Int?) -> Happening? {
        guard let rank else { return happening }
        switch ranks[rank].condition {
        case .running: return happening
        case .stopped:
            if !ranks[rank].missed.contains(happening) { ranks[rank].missed.append(happening) }
            return nil
        case .dead: return nil
        }
    }
}
