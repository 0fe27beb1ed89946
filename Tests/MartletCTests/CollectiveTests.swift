import CMartlet
import MartletC
import Testing

/// The collectives' results through C, in place and not, blocking and not.
@Suite(.serialized) struct CollectiveTests {
    enum Way: CaseIterable { case blocking, waited, tested }

    private static let float64 = martlet_data_type(MARTLET_FLOAT64)
    private static let sum = martlet_operation(MARTLET_SUM)
    private static let rankCounts = [1, 2, 3, 4]
    private static let count = 1000

    /// Runs a collective in one of the ways.
    private static func finish(
        _ way: Way, _ run: () -> martlet_status,
        _ start: (inout OpaquePointer?) -> martlet_status
    ) throws {
        if way == .blocking { return try expectOK(run()) }
        var request: OpaquePointer?
        try expectOK(start(&request))
        if way == .tested {
            var isDone: Int32 = 0
            while isDone == 0 { try expectOK(martlet_request_test(request, &isDone)) }
        } else {
            try expectOK(martlet_request_wait(request))
            try expectOK(martlet_request_wait(request))
        }
        try expectOK(martlet_request_free(request))
    }

    /// What rank `rank` contributes at `index`, and what all do.
    private static func value(_ rank: Int, _ index: Int) -> Double {
        Double((rank + 1) * (index % 251))
    }

    private static func total(_ rankCount: Int, _ index: Int) -> Double {
        (0..<rankCount).reduce(0) { $0 + value($1, index) }
    }

    @Test(arguments: rankCounts, Way.allCases)
    func `all-reduce gives every rank the sum`(rankCount: Int, way: Way) throws {
        let count = Self.count
        try ThreadedJob.run(rankCount: rankCount) { seat in
            let input = Memory(count) { Self.value(seat.rank, $0) }
            for output in [Memory(count), input] {
                try Self.finish(way) {
                    martlet_all_reduce(
                        seat.world, input.start, output.start, count, Self.float64, Self.sum)
                } _: {
                    martlet_all_reduce_start(
                        seat.world, input.start, output.start, count, Self.float64, Self.sum, &$0)
                }
                #expect(output.values == (0..<count).map { Self.total(rankCount, $0) })
            }
        }
    }

    @Test(arguments: rankCounts, Way.allCases)
    func `reduce-scatter gives every rank its part of the sum`(rankCount: Int, way: Way) throws {
        let count = Self.count
        try ThreadedJob.run(rankCount: rankCount) { seat in
            let input = Memory(rankCount * count) { Self.value(seat.rank, $0) }
            let apart = Memory(count)
            for output in [apart.start, input.part(seat.rank, of: count)] {
                try Self.finish(way) {
                    martlet_reduce_scatter(
                        seat.world, input.start, output, count, Self.float64, Self.sum)
                } _: {
                    martlet_reduce_scatter_start(
                        seat.world, input.start, output, count, Self.float64, Self.sum, &$0)
                }
                #expect(
                    Array(UnsafeBufferPointer(start: output, count: count))
                        == (0..<count).map { Self.total(rankCount, seat.rank * count + $0) })
            }
        }
    }

    @Test(arguments: rankCounts, Way.allCases)
    func `all-gather gives every rank all inputs`(rankCount: Int, way: Way) throws {
        let count = Self.count
        try ThreadedJob.run(rankCount: rankCount) { seat in
            let apart = Memory(count) { Self.value(seat.rank, $0) }
            let output = Memory(rankCount * count) { Self.value(seat.rank, $0 % count) }
            for input in [apart.start, output.part(seat.rank, of: count)] {
                try Self.finish(way) {
                    martlet_all_gather(seat.world, input, output.start, count, Self.float64)
                } _: {
                    martlet_all_gather_start(
                        seat.world, input, output.start, count, Self.float64, &$0)
                }
                #expect(
                    output.values
                        == (0..<rankCount * count).map { Self.value($0 / count, $0 % count) })
            }
        }
    }

    @Test(arguments: rankCounts, Way.allCases)
    func `broadcast gives every rank the root's input`(rankCount: Int, way: Way) throws {
        let count = Self.count
        try ThreadedJob.run(rankCount: rankCount) { seat in
            for root in 0..<rankCount {
                // Null where nobody reads it.
                let input = seat.rank == root ? Memory(count) { Self.value(root, $0) } : nil
                let output = Memory(count)
                try Self.finish(way) {
                    martlet_broadcast(
                        seat.world, input?.start, output.start, count, Self.float64, Int32(root))
                } _: {
                    martlet_broadcast_start(
                        seat.world, input?.start, output.start, count, Self.float64, Int32(root),
                        &$0)
                }
                #expect(output.values == (0..<count).map { Self.value(root, $0) })
            }
        }
    }

    @Test(arguments: rankCounts, Way.allCases)
    func `reduce gives the root the sum`(rankCount: Int, way: Way) throws {
        let count = Self.count
        try ThreadedJob.run(rankCount: rankCount) { seat in
            for root in 0..<rankCount {
                let input = Memory(count) { Self.value(seat.rank, $0) }
                // Null where nobody writes it.
                let output = seat.rank == root ? Memory(count) : nil
                try Self.finish(way) {
                    martlet_reduce(
                        seat.world, input.start, output?.start, count, Self.float64, Self.sum,
                        Int32(root))
                } _: {
                    martlet_reduce_start(
                        seat.world, input.start, output?.start, count, Self.float64, Self.sum,
                        Int32(root), &$0)
                }
                #expect(input.values == (0..<count).map { Self.value(seat.rank, $0) })
                guard let output else { continue }
                #expect(output.values == (0..<count).map { Self.total(rankCount, $0) })
            }
        }
    }

    @Test(arguments: rankCounts, Way.allCases)
    func `a barrier lets all ranks pass`(rankCount: Int, way: Way) throws {
        try ThreadedJob.run(rankCount: rankCount) { seat in
            for _ in 0..<20 {
                try Self.finish(way) {
                    martlet_barrier(seat.world)
                } _: {
                    martlet_barrier_start(seat.world, &$0)
                }
            }
        }
    }

    @Test func `every type and operation reaches its kernel`() throws {
        try ThreadedJob.run(rankCount: 2) { seat in
            for type in Int32(1)...10 {
                let byteCount = 3 * martlet_data_type_byte_count(type)
                for operation in Int32(1)...5 {
                    // Zeros are zeros in every type, and in every operation.
                    var bytes = [UInt8](repeating: 0, count: byteCount)
                    let status = bytes.withUnsafeMutableBytes {
                        martlet_all_reduce(
                            seat.world, $0.baseAddress, $0.baseAddress, 3, type, operation)
                    }
                    try expectOK(status)
                    #expect(bytes == [UInt8](repeating: 0, count: byteCount))
                }
            }
        }
    }

    @Test func `operations start in order, and blocking ones wait for them`() throws {
        try ThreadedJob.run(rankCount: 2) { seat in
            let numbers = Memory(100) { Double($0) }
            let requests = (0..<100).map { index -> OpaquePointer? in
                var request: OpaquePointer?
                #expect(
                    martlet_all_reduce_start(
                        seat.world, numbers.part(index, of: 1), numbers.part(index, of: 1), 1,
                        Self.float64, Self.sum, &request) == ok)
                return request
            }
            try expectOK(martlet_barrier(seat.world))
            var isDone: Int32 = 0
            for request in requests {
                try expectOK(martlet_request_test(request, &isDone))
                #expect(isDone == 1)
                try expectOK(martlet_request_free(request))
            }
            #expect(numbers.values == (0..<100).map { Double(2 * $0) })
        }
    }
}
