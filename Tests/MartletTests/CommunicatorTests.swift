import CLinux
import Martlet
import Platform
import Testing

@Suite(.serialized) struct CommunicatorTests {
    @Test(arguments: [1, 2, 3, 5])
    func `ranks reduce arrays in place`(rankCount: Int) throws {
        let sums = try ThreadedJob.values(rankCount: rankCount) { world -> [Float] in
            var gradients = [Float(world.rank), 1, -2.5]
            try world.allReduce(&gradients, .sum)
            return gradients
        }
        let ranks = Float(rankCount * (rankCount - 1) / 2)
        for sum in sums {
            #expect(sum == [ranks, Float(rankCount), -2.5 * Float(rankCount)])
        }
    }

    @Test func `the other collectives move the right parts`() throws {
        try _ = ThreadedJob.values(rankCount: 3) { world in
            let gathered = try world.allGather([Int32(world.rank), 10])
            #expect(gathered == [0, 10, 1, 10, 2, 10])
            let part = try world.reduceScatter(
                [Int64](repeating: Int64(world.rank), count: 6), .maximum)
            #expect(part == [2, 2])
            var told = world.rank == 1 ? [Double(7)] : [0]
            try world.broadcast(&told, root: 1)
            #expect(told == [7])
            let reduced = try world.reduce([UInt8(world.rank + 1)], .product, root: 2)
            #expect(reduced == (world.rank == 2 ? [6] : nil))
            try world.barrier()
        }
    }

    @Test func `an average divides once`() throws {
        let averages = try ThreadedJob.values(rankCount: 2) { world -> [Int32] in
            var values: [Int32] = [Int32(world.rank), -3]
            try world.allReduce(&values, .average)
            return values
        }
        #expect(averages == [[0, -3], [0, -3]])
    }

    @Test func `many operations may be under way, blocking ones among them`() throws {
        try _ = ThreadedJob.values(rankCount: 2) { world in
            let buffer = world.allocate(Float.self, count: 100_000)
            let pending = try world.startAllReduce(buffer, .sum)
            let second = try world.startAllReduce(
                CollectiveBuffer(repeating: Float(2), count: 10), .sum)
            var blocking: [Int32] = [1]
            try world.allReduce(&blocking, .sum)
            #expect(blocking == [2])
            let result = try second.wait()
            #expect(result[9] == 4)
            let first = try pending.wait()
            #expect(first[99_999] == 0)
        }
    }

    @Test func `every collective can be under way`() throws {
        try _ = ThreadedJob.values(rankCount: 3) { world in
            let rank = Int32(world.rank)
            let scattered = try world.startReduceScatter(
                CollectiveBuffer(repeating: rank + 1, count: 6), .sum)
            var parts = CollectiveBuffer(repeating: Int32(-1), count: 6)
            parts[2 * world.rank] = rank
            parts[2 * world.rank + 1] = 10 * rank
            let gathered = try world.startAllGather(parts)
            let told = try world.startBroadcast(
                CollectiveBuffer(repeating: rank, count: 4), root: 2)
            let reduced = try world.startReduce(
                CollectiveBuffer(repeating: rank, count: 4), .maximum, root: 1)
            let barrier = try world.startBarrier()
            try barrier.wait()
            let sums = try scattered.wait()
            #expect(sums[2 * world.rank] == 6 && sums[2 * world.rank + 1] == 6)
            let all = try gathered.wait()
            #expect((0..<6).map { all[$0] } == [0, 0, 1, 10, 2, 20])
            #expect(try told.wait()[3] == 2)
            #expect(try reduced.wait()[0] == (world.rank == 1 ? 2 : rank))
            #expect(throws: CollectiveError.self) {
                _ = try world.startAllGather(CollectiveBuffer(repeating: rank, count: 4))
            }
        }
    }

    @Test func `operations of two communicators that a rank never calls end together`() throws {
        var options = JoinOptions()
        options.operationTimeoutSeconds = 0.5
        let codes = try ThreadedJob.values(rankCount: 2, adjusting: options) { world in
            let part = try #require(try world.split(color: 0))
            // Nobody waits for them: the progress thread alone sees to both.
            let pending = try world.startAllReduce(world.allocate(Float.self, count: 8), .sum)
            if world.rank == 0 {
                let other = try part.startAllReduce(part.allocate(Float.self, count: 8), .sum)
                let deadline = Deadline(secondsFromNow: 20)
                while !other.isDone && !deadline.hasPassed { sleepBriefly() }
                let isDone = other.isDone
                #expect(isDone)
                do {
                    _ = try other.wait()
                    Issue.record("an operation succeeded that rank 1 never called")
                } catch {
                    #expect((error as? CollectiveError)?.code == .timedOut)
                }
            }
            _ = try pending.wait()
            while world.rank == 1 && part.failure == nil { sleepBriefly() }
            return part.failure?.code
        }
        #expect(codes == [.timedOut, .timedOut])
    }

    @Test func `a forked child is refused, also for what its parent started`() throws {
        try _ = ThreadedJob.values(rankCount: 2) { world in
            if world.rank == 1 { Thread.sleep(milliseconds: 300) }
            let pending = try world.startAllReduce(world.allocate(Float.self, count: 8), .sum)
            if world.rank == 0 {
                let child = clinux_fork()
                if child == 0 {
                    // The parent's progress thread holds the engine, and is not here.
                    let isDone = pending.isDone
                    do {
                        _ = try pending.wait()
                        _exit(1)
                    } catch {
                        _exit(
                            isDone && (error as? CollectiveError)?.code == .unsupported ? 7 : 2)
                    }
                }
                var status: Int32 = 0
                #expect(waitpid(child, &status, 0) == child)
                #expect(status >> 8 == 7)
            }
            _ = try pending.wait()
        }
    }

    @Test func `split makes independent communicators in the order of the keys`() throws {
        try _ = ThreadedJob.values(rankCount: 4) { world in
            guard let half = try world.split(color: world.rank % 2, key: -world.rank) else {
                Issue.record("rank \(world.rank) got no communicator")
                return
            }
            #expect(half.rankCount == 2)
            #expect(half.rank == (world.rank < 2 ? 1 : 0))
            var sum: [Int] = [world.rank]
            try half.allReduce(&sum, .sum)
            #expect(sum == [world.rank % 2 == 0 ? 2 : 4])
            let nobody = try world.split(color: world.rank == 0 ? 0 : nil)
            #expect((nobody == nil) == (world.rank != 0))
            half.leave()
        }
    }

    @Test func `different counts are named on every rank`() throws {
        let outcomes = try ThreadedJob.run(rankCount: 2) { world in
            var values = [Float](repeating: 0, count: world.rank == 0 ? 8 : 9)
            try world.allReduce(&values, .sum)
        }
        for outcome in outcomes {
            #expect {
                try outcome.get()
            } throws: { error in
                let error = error as? CollectiveError
                return error?.code == .mismatch && error?.message.contains("8 float32") == true
                    && error?.message.contains("9 float32") == true
            }
        }
    }

    @Test func `strict ranks agree before anything moves`() throws {
        var options = JoinOptions()
        options.isStrict = true
        let outcomes = try ThreadedJob.values(rankCount: 3, adjusting: options) { world in
            var values: [Float] = [1]
            try world.allReduce(&values, .sum)
            let pending = try world.startAllReduce(
                CollectiveBuffer(repeating: Float(2), count: 3), .sum)
            #expect(try pending.wait()[2] == 6)
            // Even the root, who depends on nobody, learns of it at once.
            do {
                try world.broadcast(&values, root: world.rank == 2 ? 1 : 0)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(outcomes.allSatisfy { $0.contains("root 0") && $0.contains("root 1") })
    }

    @Test func `a failed communicator stays failed with its first cause`() throws {
        let messages = try ThreadedJob.values(rankCount: 2) { world -> [String] in
            if world.rank == 0 { world.abort("enough") }
            return (0..<2).map { _ in
                do {
                    try world.barrier()
                    return "no error"
                } catch {
                    return "\(error)"
                }
            }
        }
        #expect(messages.allSatisfy { $0.allSatisfy { $0.contains("enough") } })
    }

    /// The upper half of a float32, which Swift has no type for on Linux.
    private struct BrainFloat: CollectiveElement {
        var bits: UInt16
        static var dataType: DataType { .bfloat16 }
    }

    @Test func `a program's own element types are reduced as what they say`() throws {
        let sums = try ThreadedJob.values(rankCount: 2) { world -> [UInt16] in
            var values = [BrainFloat(bits: 0x3f80), BrainFloat(bits: 0x4000)]
            try world.allReduce(&values, .sum)
            return values.map(\.bits)
        }
        #expect(sums == [[0x4000, 0x4080], [0x4000, 0x4080]])
    }

    private struct Swollen: CollectiveElement {
        var value: Float
        var more: Float
        static var dataType: DataType { .float32 }
    }

    @Test func `an element type of another size than it says is trapped`() async {
        await #expect(processExitsWith: .failure) {
            let world = try Communicator.join(.alone)
            var values = [Swollen(value: 1, more: 2)]
            try world.allReduce(&values, .sum)
            world.leave()
        }
        await #expect(processExitsWith: .failure) {
            let world = try Communicator.join(.alone)
            let pending = try world.startAllReduce(
                CollectiveBuffer(repeating: Swollen(value: 1, more: 2), count: 1), .sum)
            _ = try pending.wait()
            world.leave()
        }
    }

    @Test func `what is under way ends when the communicator is left or dropped`() throws {
        try _ = ThreadedJob.values(rankCount: 2) { world in
            for leaves in [true, false] {
                guard let part = try world.split(color: 0) else { return }
                guard world.rank == 0 else {
                    // Never calls the barrier, but does not leave before it has failed either.
                    try withExtendedLifetime(part) { try world.barrier() }
                    continue
                }
                let pending = try part.startBarrier()
                if leaves { part.leave() }
                _ = consume part
                do {
                    try pending.wait()
                    Issue.record("a barrier without rank 1")
                } catch {
                    #expect((error as? CollectiveError)?.code == .aborted)
                }
                try world.barrier()
            }
        }
    }

    @Test func `overlapping buffers are refused`() throws {
        try _ = ThreadedJob.values(rankCount: 1) { world in
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 64)
            defer { memory.deallocate() }
            #expect {
                try world.allReduce(
                    input: UnsafeRawBufferPointer(rebasing: memory[0..<32]),
                    output: UnsafeMutableRawBufferPointer(rebasing: memory[4..<36]), count: 8,
                    type: .float32, operation: .sum)
            } throws: { error in
                let error = error as? CollectiveError
                return error?.code == .invalidArgument && error?.phase == .idle
                    && error?.sequence == 0
            }
        }
    }
}
