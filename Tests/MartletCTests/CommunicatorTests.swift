import CMartlet
import MartletC
import Platform
import Testing

@Suite(.serialized) struct CommunicatorTests {
    private static let int32 = martlet_data_type(MARTLET_INT32)
    private static let float64 = martlet_data_type(MARTLET_FLOAT64)
    private static let sum = martlet_operation(MARTLET_SUM)

    @Test func `a communicator knows its ranks and describes itself`() throws {
        try ThreadedJob.run(rankCount: 3) { seat in
            var rank: Int32 = -1
            var rankCount: Int32 = -1
            try expectOK(martlet_communicator_rank(seat.world, &rank))
            try expectOK(martlet_communicator_rank_count(seat.world, &rankCount))
            #expect(rank == seat.rank && rankCount == 3)
            try expectOK(martlet_communicator_status(seat.world))
            var needed = 0
            try expectOK(martlet_communicator_describe(seat.world, nil, 0, &needed))
            #expect(needed > 100)
            var text = [CChar](repeating: 1, count: needed + 1)
            try expectOK(martlet_communicator_describe(seat.world, &text, needed, &needed))
            #expect(text[needed - 1] == 0 && text[needed] == 1)
            let described = String(
                decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(described.contains("rank \(seat.rank) of 3"))
            #expect(described.utf8.count == needed - 1)
        }
    }

    @Test(arguments: [1, 2, 10, 100])
    func `a description that does not fit is cut`(byteCount: Int) throws {
        let rank = try LonelyRank()
        var needed = 0
        try expectOK(martlet_communicator_describe(rank.world, nil, 0, &needed))
        var text = [CChar](repeating: 1, count: byteCount + 1)
        let whole = needed
        try expectOK(martlet_communicator_describe(rank.world, &text, byteCount, &needed))
        #expect(needed == whole)
        #expect(text.firstIndex(of: 0) == byteCount - 1 && text[byteCount] == 1)
        // A size_t that Swift sees as negative is room enough.
        var all = [CChar](repeating: 1, count: needed)
        try expectOK(martlet_communicator_describe(rank.world, &all, -1, &needed))
        #expect(all.firstIndex(of: 0) == whole - 1)
    }

    @Test func `split makes communicators that work alone`() throws {
        try ThreadedJob.run(rankCount: 4) { seat in
            let isOut = seat.rank == 3
            var part = OpaquePointer(bitPattern: 1)
            try expectOK(
                martlet_communicator_split(
                    seat.world, isOut ? MARTLET_NO_COLOR : 5, Int32(-seat.rank), &part))
            #expect((part == nil) == isOut)
            guard !isOut else { return }
            var rank: Int32 = -1
            try expectOK(martlet_communicator_rank(part, &rank))
            #expect(Int(rank) == 2 - seat.rank)
            let value = Memory(1) { _ in Double(seat.rank + 1) }
            try expectOK(
                martlet_all_reduce(part, value.start, value.start, 1, Self.float64, Self.sum))
            #expect(value.values == [6])
            try expectOK(martlet_communicator_destroy(part))
        }
    }

    @Test func `after an abort every call says so at once, with the first cause`() throws {
        try ThreadedJob.run(rankCount: 2) { seat in
            try expectOK(martlet_barrier(seat.world))
            if seat.rank == 1 {
                try expectOK(martlet_communicator_abort(seat.world, "the loss is not a number"))
                try expectOK(martlet_communicator_abort(seat.world, nil))
            }
            let deadline = Deadline(secondsFromNow: 10)
            while martlet_communicator_status(seat.world) == ok && !deadline.hasPassed {}
            expect(
                martlet_communicator_status(seat.world), MARTLET_ABORTED,
                "rank 1 aborted: the loss is not a number")
            #expect(lastError().error.culprit == 1)
            let value = Memory(2)
            var request: OpaquePointer?
            var part: OpaquePointer?
            let start = value.start
            let statuses = [
                martlet_all_reduce(seat.world, start, start, 2, 10, 1),
                martlet_reduce_scatter(seat.world, start, start, 0, 10, 1),
                martlet_all_gather(seat.world, start, start, 0, 10),
                martlet_broadcast(seat.world, start, start, 1, 10, 0),
                martlet_reduce(seat.world, start, start, 1, 10, 1, 0),
                martlet_barrier(seat.world),
                martlet_all_reduce_start(seat.world, start, start, 2, 10, 1, &request),
                martlet_barrier_start(seat.world, &request),
                martlet_communicator_split(seat.world, 0, 0, &part),
            ]
            #expect(statuses == Array(repeating: Int32(MARTLET_ABORTED), count: 9))
            #expect(request == nil && part == nil)
            #expect(value.values == [-1, -1])
            // Mistakes are still told apart from the failure.
            #expect(lastError().error.sequence == 0)
            expectInvalid(martlet_broadcast(seat.world, start, start, 1, 10, 2), "root 2")
            #expect(lastError().error.phase == MARTLET_PHASE_IDLE)
            // Questions are still answered.
            var rank: Int32 = -1
            try expectOK(martlet_communicator_rank(seat.world, &rank))
        }
    }

    @Test func `an abort ends a call that waits in another thread`() throws {
        try ThreadedJob.run(rankCount: 2) { seat in
            if seat.rank == 0 {
                expect(martlet_barrier(seat.world), MARTLET_ABORTED, "rank 1 aborted")
            } else {
                try expectOK(martlet_communicator_abort(seat.world, "enough"))
            }
        }
    }

    @Test func `what a peer never joins ends by its deadline, naming it`() throws {
        try ThreadedJob.run(rankCount: 2, operationTimeoutSeconds: 0.5) { seat in
            guard seat.rank == 0 else {
                let deadline = Deadline(secondsFromNow: 20)
                while martlet_communicator_status(seat.world) == ok && !deadline.hasPassed {}
                expect(martlet_barrier(seat.world), MARTLET_TIMED_OUT, "")
                #expect(lastError().error.sequence == 0)
                return
            }
            expect(martlet_barrier(seat.world), MARTLET_TIMED_OUT, "rank 1")
            #expect(lastError().error.sequence > 0)
            #expect(lastError().error.phase == MARTLET_PHASE_OPERATION)
            // The same cause, but no operation of its own.
            expect(martlet_barrier(seat.world), MARTLET_TIMED_OUT, "rank 1")
            #expect(lastError().error.sequence == 0)
        }
    }

    @Test func `ranks that call different things learn of it`() throws {
        try ThreadedJob.run(rankCount: 2) { seat in
            var values: [Int32] = [1, 2, 3]
            let status = values.withUnsafeMutableBytes {
                martlet_all_reduce(
                    seat.world, $0.baseAddress, $0.baseAddress, seat.rank + 1, Self.int32, Self.sum)
            }
            expect(status, MARTLET_MISMATCH, "rank")
            #expect(lastError().error.phase == MARTLET_PHASE_OPERATION)
        }
    }

    @Test func `who left cannot call, and leaves no request behind`() throws {
        let rank = try LonelyRank()
        try expectOK(martlet_communicator_leave(rank.world))
        try expectOK(martlet_communicator_leave(rank.world))
        var request: OpaquePointer?
        expect(martlet_barrier(rank.world), MARTLET_ABORTED, "has left")
        #expect(lastError().error.phase == MARTLET_PHASE_IDLE)
        #expect(lastError().error.sequence == 0)
        let status = martlet_barrier_start(rank.world, &request)
        if status == ok {
            expect(martlet_request_wait(request), MARTLET_ABORTED, "has left")
            try expectOK(martlet_request_free(request))
        }
    }

    @Test func `nothing works on without the world`() throws {
        let haveLeft = Monitor(0)
        try ThreadedJob.run(rankCount: 2, operationTimeoutSeconds: 20) { seat in
            var part: OpaquePointer?
            try expectOK(martlet_communicator_split(seat.world, 0, 0, &part))
            try expectOK(martlet_communicator_leave(seat.world))
            haveLeft.update { $0 += 1 }
            _ = haveLeft.wait(until: Deadline(secondsFromNow: 30)) { $0 == 2 ? true : nil }
            let start = Clock.nowNanoseconds()
            #expect(martlet_barrier(part) != ok)
            #expect(Clock.nowNanoseconds() - start < 10_000_000_000)
            try expectOK(martlet_communicator_destroy(part))
        }
    }

    @Test func `a request outlives its communicator and tells how it ended`() throws {
        try ThreadedJob.run(rankCount: 2) { seat in
            var part: OpaquePointer?
            try expectOK(martlet_communicator_split(seat.world, 0, 0, &part))
            if seat.rank == 0 {
                // Rank 1 never calls it.
                var request: OpaquePointer?
                try expectOK(martlet_barrier_start(part, &request))
                expect(martlet_request_free(request), MARTLET_BUSY, "under way")
                try expectOK(martlet_communicator_destroy(part))
                #expect(martlet_request_wait(request) == martlet_status(MARTLET_ABORTED))
                try expectOK(martlet_request_free(request))
            }
            try expectOK(martlet_barrier(seat.world))
            if seat.rank == 1 { try expectOK(martlet_communicator_destroy(part)) }
        }
    }

    @Test func `more operations than the limit are refused, and the others run`() throws {
        let isFull = Monitor(false)
        let isOver = Monitor(false)
        try ThreadedJob.run(rankCount: 2) { seat in
            // Leaving earlier, rank 1 would fail what rank 0 still has under way.
            defer {
                if seat.rank == 0 {
                    isOver.update { $0 = true }
                } else {
                    _ = isOver.wait(until: Deadline(secondsFromNow: 30)) { $0 ? true : nil }
                }
            }
            var requests: [OpaquePointer?] = []
            while seat.rank == 0 && requests.count < 1000 {
                var request: OpaquePointer?
                let status = martlet_barrier_start(seat.world, &request)
                guard status == ok else {
                    expect(status, MARTLET_BUSY, "operations are under way")
                    #expect(lastError().error.phase == MARTLET_PHASE_IDLE)
                    #expect(request == nil)
                    break
                }
                requests.append(request)
            }
            if seat.rank == 0 {
                // The one that runs does not count as waiting.
                #expect((256...257).contains(requests.count))
                isFull.update { $0 = true }
            } else {
                _ = isFull.wait(until: Deadline(secondsFromNow: 30)) { $0 ? true : nil }
                for _ in 0..<256 { try expectOK(martlet_barrier(seat.world)) }
            }
            for request in requests.prefix(256) {
                try expectOK(martlet_request_wait(request))
                try expectOK(martlet_request_free(request))
            }
            guard let last = requests.dropFirst(256).first else { return }
            try expectOK(martlet_communicator_abort(seat.world, nil))
            #expect(martlet_request_wait(last) == martlet_status(MARTLET_ABORTED))
            try expectOK(martlet_request_free(last))
        }
    }
}
