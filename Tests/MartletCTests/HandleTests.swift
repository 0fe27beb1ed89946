import CMartlet
import MartletC
import Testing

/// Handles that are none, or none any more.
@Suite(.serialized) struct HandleTests {
    /// Everything that takes a communicator, called with this one.
    private func callAll(_ handle: OpaquePointer?) -> [(String, martlet_status)] {
        let (type, sum) = (martlet_data_type(MARTLET_INT8), martlet_operation(MARTLET_SUM))
        var request = OpaquePointer(bitPattern: 1)
        var part = OpaquePointer(bitPattern: 1)
        var number: Int32 = 7
        var needed = 7
        let all = [
            ("all_reduce", martlet_all_reduce(handle, nil, nil, 0, type, sum)),
            ("reduce_scatter", martlet_reduce_scatter(handle, nil, nil, 0, type, sum)),
            ("all_gather", martlet_all_gather(handle, nil, nil, 0, type)),
            ("broadcast", martlet_broadcast(handle, nil, nil, 0, type, 0)),
            ("reduce", martlet_reduce(handle, nil, nil, 0, type, sum, 0)),
            ("barrier", martlet_barrier(handle)),
            ("all_reduce", martlet_all_reduce_start(handle, nil, nil, 0, type, sum, &request)),
            ("scatter", martlet_reduce_scatter_start(handle, nil, nil, 0, type, sum, &request)),
            ("all_gather", martlet_all_gather_start(handle, nil, nil, 0, type, &request)),
            ("broadcast", martlet_broadcast_start(handle, nil, nil, 0, type, 0, &request)),
            ("reduce", martlet_reduce_start(handle, nil, nil, 0, type, sum, 0, &request)),
            ("barrier", martlet_barrier_start(handle, &request)),
            ("split", martlet_communicator_split(handle, 0, 0, &part)),
            ("abort", martlet_communicator_abort(handle, "why")),
            ("leave", martlet_communicator_leave(handle)),
            ("rank", martlet_communicator_rank(handle, &number)),
            ("rank_count", martlet_communicator_rank_count(handle, &number)),
            ("status", martlet_communicator_status(handle)),
            ("describe", martlet_communicator_describe(handle, nil, 0, &needed)),
        ]
        #expect(request == nil && part == nil)
        #expect(number == 7 && needed == 7)
        return all
    }

    @Test func `a null communicator is refused by every function`() {
        for (name, status) in callAll(nil) { #expect(status == invalidArgument, "\(name)") }
        #expect(lastError().text == "the communicator is a null pointer")
    }

    @Test(arguments: [1, 0x4d00_0000, 0x1_4d00_ffff, 0x7fff_0123_4560, .max, 0x3_4d00_0000])
    func `numbers that were never handles are refused`(number: UInt) {
        let handle = OpaquePointer(bitPattern: number)
        for (name, status) in callAll(handle) { #expect(status == invalidArgument, "\(name)") }
        expectInvalid(martlet_communicator_destroy(handle), "is no communicator")
        var isDone: Int32 = 7
        expectInvalid(martlet_request_wait(handle), "is no request")
        expectInvalid(martlet_request_test(handle, &isDone), "is no request")
        expectInvalid(martlet_request_free(handle), "is no request")
        #expect(isDone == 7)
    }

    @Test func `a destroyed communicator is refused by every function`() throws {
        let rank = try LonelyRank()
        #expect(martlet_communicator_destroy(rank.world) == ok)
        for (name, status) in callAll(rank.world) {
            #expect(status == invalidArgument, "\(name)")
        }
        expectInvalid(martlet_communicator_destroy(rank.world), "given back before")
        // Its successor in the same slot is not mistaken for it.
        let next = try LonelyRank()
        expectInvalid(martlet_barrier(rank.world), "given back before")
        try expectOK(martlet_barrier(next.world))
    }

    @Test func `requests and communicators are told apart`() throws {
        let rank = try LonelyRank()
        var request: OpaquePointer?
        try expectOK(martlet_barrier_start(rank.world, &request))
        for (name, status) in callAll(request) { #expect(status == invalidArgument, "\(name)") }
        expectInvalid(martlet_request_wait(rank.world), "is no request")
        try expectOK(martlet_request_wait(request))
        expectInvalid(martlet_request_test(request, nil), "is_done is a null pointer")
        try expectOK(martlet_request_free(request))
        expectInvalid(martlet_request_free(request), "given back before")
        expectInvalid(martlet_request_wait(request), "given back before")
    }

    @Test func `nothing is given back for null`() {
        #expect(martlet_communicator_destroy(nil) == ok)
        #expect(martlet_request_free(nil) == ok)
        expectInvalid(martlet_request_wait(nil), "the request is a null pointer")
    }
}
