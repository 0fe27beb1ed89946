internal import CReductionKernels
internal import Liveness
internal import Platform
internal import Schedules

/// What two ranks and one core take, for the cost table.
package struct Measurement: Sendable, Hashable {
    /// An exchange of 8 bytes each way.
    package var exchangeNanoseconds = 0
    /// A two-rank ring all-reduce of `streamByteCount` float32 bytes.
    package var streamNanoseconds = 0
    package static let streamByteCount = 256 << 10
    /// Combining `streamByteCount` bytes with as many others, in the cache.
    package var combineNanoseconds = 0
}

extension Engine {
    private static let exchangeCount = 200
    private static let streamCount = 16
    /// Operations that a measurement takes in the sequence of every rank.
    private static let operationCount = exchangeCount + streamCount

    /// Rank 0 and `partner` measure the link between them while the others pass the same
    /// operations over. All ranks call it together; about 10 ms over loopback.
    package func measure(with partner: Int) throws(CollectiveError) -> Measurement {
        take()
        defer { letGo() }
        guard rank == 0 || rank == partner else {
            sequencer.skip(Self.operationCount)
            status.complete(sequence)
            return Measurement()
        }
        var result = Measurement()
        let floats = Measurement.streamByteCount / 4
        result.exchangeNanoseconds = try time(
            .direct, partner, count: 2, repetitions: Self.exchangeCount)
        result.streamNanoseconds = try time(
            .ring, partner, count: floats, repetitions: Self.streamCount)
        result.combineNanoseconds = combineNanoseconds(count: floats)
        return result
    }

    /// The first quartile: the undisturbed time, without trusting the luckiest.
    private func quartile(_ times: [UInt64]) -> Int {
        Int(times.sorted()[times.count / 4])
    }

    private func time(
        _ algorithm: Algorithm, _ partner: Int, count: Int, repetitions: Int
    ) throws(CollectiveError) -> Int {
        let program = CompiledProgram(try pairProgram(algorithm, partner))
        try openLinks(
            to: program.peers,
            deadline: min(Deadline(secondsFromNow: timeoutSeconds), latestDeadline))
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 4, alignment: 4096)
        defer { unsafe memory.deallocate() }
        _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        let call = try unsafe Call(
            .allReduce, input: UnsafeRawBufferPointer(memory), output: memory, count: count,
            type: .float32, operation: .sum, root: 0, rank: 0, rankCount: 2)
        let header = unsafe header(of: call, algorithm)
        var times: [UInt64] = []
        for _ in 0..<repetitions {
            let start = Clock.nowNanoseconds()
            try unsafe begin(call, program.view, header)
            _ = try drive()
            times.append(Clock.nowNanoseconds() - start)
        }
        return quartile(times)
    }

    /// An all-reduce of two ranks, spoken between rank 0 and its partner.
    private func pairProgram(
        _ algorithm: Algorithm, _ partner: Int
    ) throws(CollectiveError) -> Program {
        do {
            var program = try Program.make(
                collective: .allReduce, algorithm: algorithm, rank: rank == 0 ? 0 : 1,
                rankCount: 2)
            for index in program.steps.indices {
                let peer = rank == 0 ? partner : 0
                switch program.steps[index].action {
                case .send(_, let place): program.steps[index].action = .send(to: peer, from: place)
                case .receive: program.steps[index].action = .receive(from: peer)
                case .borrow: program.steps[index].action = .borrow(from: peer)
                case .reduce: break
                }
            }
            return program
        } catch {
            throw CollectiveError(.invalidArgument, "\(error)", phase: .joining)
        }
    }

    private func combineNanoseconds(count: Int) -> Int {
        guard
            let combine = unsafe creduction_lookup(
                creduction_type(DataType.float32.rawValue),
                creduction_operation(ReductionOperation.sum.rawValue)
            ).combine
        else { return 0 }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 8, alignment: 4096)
        defer { unsafe memory.deallocate() }
        _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        guard let start = memory.baseAddress else { return 0 }
        let operands: [UnsafeRawPointer] = unsafe [
            UnsafeRawPointer(start), UnsafeRawPointer(start + count * 4),
        ]
        let times = (0..<16).map { _ in
            let begin = Clock.nowNanoseconds()
            unsafe combine(start, operands, 2, count)
            return Clock.nowNanoseconds() - begin
        }
        return quartile(times)
    }
}
