@testable import Liveness

/// What happens to processes and networks, and what ranks do.
extension SimulatedWorld {
    /// A process ends without a word: what it sent still arrives, then the end of its streams.
    mutating func die(_ rank: Int) {
        guard conditions[rank] != .dead else { return }
        conditions[rank] = .dead
        for neighbour in states[rank].neighbourRanks where isOpen[pair(rank, neighbour)] {
            isOpen[pair(rank, neighbour)] = false
            let time = arrival(from: rank, to: neighbour)
            let errorNumber: Int32 = Bool.random(using: &random) ? 0 : 104
            queue.add(.linkDown(from: rank, to: neighbour, errorNumber: errorNumber), at: time)
            if isOneHost {
                let seen = arrival(from: rank, to: neighbour)
                queue.add(.processEnded(rank, at: neighbour), at: seen)
            }
        }
    }

    mutating func stop(_ rank: Int) {
        conditions[rank] = .stopped
    }

    /// Two sides lose each other; their kernels notice after the silence limit.
    mutating func cut(_ isHere: (Int) -> Bool) {
        for left in 0..<rankCount {
            for right in 0..<rankCount where isHere(left) != isHere(right) {
                isCut[pair(left, right)] = true
                guard isOpen[pair(left, right)] else { continue }
                let extra = UInt64.random(in: 0...250_000_000, using: &random)
                queue.add(
                    .linkDown(from: left, to: right, errorNumber: 110),
                    at: now + configuration.silenceNanoseconds + extra)
            }
        }
    }

    /// Both ends of one liveness connection see it reset.
    mutating func reset(_ left: Int, _ right: Int) {
        for (from, to) in [(left, right), (right, left)] {
            isOpen[pair(from, to)] = false
            let time = arrival(from: from, to: to)
            queue.add(.linkDown(from: from, to: to, errorNumber: 104), at: time)
        }
    }

    mutating func enter(_ rank: Int, _ sequence: UInt64, _ communicator: UInt64 = world) {
        let header = HeaderWords(sequence, 0, 0, 0)
        act(rank) { state, now in
            state.update(
                communicator: communicator,
                OperationState(entered: sequence, completed: sequence - 1, header: header), now: now
            )
        }
    }

    mutating func complete(_ rank: Int, _ sequence: UInt64, _ communicator: UInt64 = world) {
        act(rank) { state, now in
            state.update(
                communicator: communicator,
                OperationState(entered: sequence, completed: sequence), now: now)
        }
    }

    /// The data link to `other` shows its end at `rank`, unless `rank` has its error already.
    mutating func suspect(_ rank: Int, _ other: Int, _ communicator: UInt64 = world) {
        act(rank) { state, now in
            state.suspect(
                communicator: communicator, rank: other, errorNumber: 104, now: now)
        }
    }

    mutating func inquest(_ rank: Int, _ sequence: UInt64, heard: [HeardHeader] = []) {
        act(rank) { state, now in
            state.inquest(
                communicator: Self.world, sequence: sequence, heard: heard, now: now)
        }
    }
}
