import Martlet
import Platform
import Synchronization
import TestSupport
import Testing

/// How communicators come, go, and come again in one process.
@Suite(.serialized) struct LifeTests {
    /// A port of loopback that nobody holds.
    private func freePort() throws -> UInt16 {
        let listener = try StreamSocket.listen(on: #require(address(port: 0)))
        return try StreamSocket.localAddress(listener.rawValue).port
    }

    private func address(port: UInt16) -> SocketAddress? {
        SocketAddress(digits: "127.0.0.1", port: port)
    }

    private func options(_ rank: Int, of rankCount: Int, port: UInt16) -> JoinOptions {
        var options = JoinOptions()
        options.rank = rank
        options.rankCount = rankCount
        options.meeting = "127.0.0.1:\(port)"
        options.timeoutSeconds = 20
        return options
    }

    /// Runs `body` on a thread for each rank; fails with what one of them threw.
    private func together(
        rankCount: Int, _ body: @escaping @Sendable (Int) throws -> Void
    ) throws {
        let errors = Mutex<[String]>([])
        let threads = try (0..<rankCount).map { rank in
            try JoinableThread("rank \(rank)") {
                do { try body(rank) } catch { errors.withLock { $0.append("\(rank): \(error)") } }
            }
        }
        for thread in threads { thread.join() }
        #expect(errors.withLock { $0 } == [])
    }

    @Test func `ranks leave and join again at the same port, the old world held`() throws {
        let port = try freePort()
        try together(rankCount: 3) { rank in
            var old: [Communicator] = []
            for round in 1...3 {
                let world = try Communicator.join(options(rank, of: 3, port: port))
                var sum = [Int32(round)]
                try world.allReduce(&sum, .sum)
                #expect(sum == [Int32(3 * round)])
                world.leave()
                old.append(world)
            }
            #expect(throws: CollectiveError.self) { try old[0].barrier() }
        }
    }

    @Test func `after a failure the ranks go on in the next epoch, without the one that failed`()
        throws
    {
        let ports = [try freePort(), try freePort()]
        try together(rankCount: 3) { rank in
            let first = try Communicator.join(options(rank, of: 3, port: ports[0]))
            if rank == 2 { return first.abort() }
            #expect(throws: CollectiveError.self) {
                while true { try first.barrier() }
            }
            var again = options(rank, of: 2, port: ports[1])
            again.epoch = 1
            let second = try Communicator.join(again)
            var sum: [Int32] = [1]
            try second.allReduce(&sum, .sum)
            #expect(sum == [2])
            #expect(second.describe().contains("epoch 1"))
            second.leave()
        }
    }

    @Test func `who lets go of the world keeps what it was split into`() throws {
        let port = try freePort()
        try together(rankCount: 2) { rank in
            func mine() throws -> Communicator? {
                try Communicator.join(options(rank, of: 2, port: port)).split(color: 0)
            }
            let part = try mine()
            #expect(part?.failure == nil)
            for _ in 0..<3 {
                var sum = [Float(1)]
                try part?.allReduce(&sum, .sum)
                #expect(sum == [2])
            }
            // Also what it is split into in turn.
            let again = try part?.split(color: 0)
            try again?.barrier()
        }
        // With the last one the process's part in the job has ended, its listener with it.
        _ = try StreamSocket.listen(on: #require(address(port: port)))
    }

    @Test func `who leaves the world leaves what it was split into`() throws {
        let port = try freePort()
        try together(rankCount: 2) { rank in
            let world = try Communicator.join(options(rank, of: 2, port: port))
            let part = try world.split(color: 0)
            try part?.barrier()
            world.leave()
            #expect {
                try part?.barrier()
            } throws: { error in
                (error as? CollectiveError)?.message.contains("left") == true
            }
        }
    }

    @Test func `ranks that demand different things all say so`() throws {
        let port = try freePort()
        let messages = Mutex<Set<String>>([])
        try together(rankCount: 5) { rank in
            var options = options(rank, of: 5, port: port)
            options.algorithm = rank == 3 ? .ring : .tree
            do {
                _ = try Communicator.join(options)
            } catch {
                let code = (error as? CollectiveError)?.code
                #expect(code == .notJoined)
                messages.withLock { _ = $0.insert("\(error)") }
            }
        }
        let all = messages.withLock { $0 }
        #expect(all.count == 1 && all.first?.contains("rank 3 forces") == true, "\(all)")
    }

    @Test func `a rank of a job may join alone, wherever the job meets`() throws {
        let listener = try StreamSocket.listen(on: #require(address(port: 0)))
        let port = try StreamSocket.localAddress(listener.rawValue).port
        var options = JoinOptions.alone
        options.meeting = "127.0.0.1:\(port)"
        let alone = try Communicator.join(options)
        #expect(alone.rankCount == 1)
        // The job's way in is untouched.
        #expect(try StreamSocket.localAddress(listener.rawValue).port == port)
    }

    @Test func `a rank that has no descriptor for a split tells the others`() async {
        // In a process of its own, which runs out of descriptors.
        await #expect(processExitsWith: .success) {
            let result = try LifeTests().splitWithoutDescriptors()
            #expect(result.contains("rank 1 could not make the communicator"), "\(result)")
        }
    }

    /// What rank 0, which had descriptors, hears of rank 1, which has none.
    private func splitWithoutDescriptors() throws -> String {
        let port = try freePort()
        let isWaiting = Atomic<Bool>(false)
        let heard = Mutex("nothing")
        let limit = try DescriptorLimit.current()
        try together(rankCount: 2) { rank in
            let world = try Communicator.join(options(rank, of: 2, port: port))
            if rank == 0 {
                isWaiting.store(true, ordering: .releasing)
            } else {
                while !isWaiting.load(ordering: .acquiring) { Thread.sleep(milliseconds: 1) }
                // Rank 0 waits for a connection of rank 1 by now, or soon.
                Thread.sleep(milliseconds: 300)
                try limit.apply(count: 3)
            }
            let start = Clock.nowNanoseconds()
            do {
                // What a split does once all know its members.
                _ = try world.fabric.make(identifier: 77, worldRanks: [0, 1])
            } catch {
                if rank == 0 { heard.withLock { $0 = "\(error)" } }
            }
            #expect(Clock.nowNanoseconds() - start < 5_000_000_000)
            try limit.apply(count: limit.count)
        }
        return heard.withLock { $0 }
    }
}
