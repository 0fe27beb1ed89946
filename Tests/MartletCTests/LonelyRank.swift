import CMartlet
import MartletC
import Testing

/// A world of this process alone, for everything that needs a communicator and no company.
final class LonelyRank {
    let world: OpaquePointer

    init() throws {
        var configuration = martlet_configuration()
        try expectOK(
            martlet_configuration_init(&configuration, MemoryLayout<martlet_configuration>.size))
        configuration.rank = 0
        configuration.rank_count = 1
        var handle: OpaquePointer?
        try expectOK(martlet_communicator_join(&configuration, &handle))
        world = try #require(handle)
    }

    deinit {
        _ = martlet_communicator_destroy(world)
    }

    /// Calls every collective with the same arguments, blocking and non-blocking.
    func callAll(
        input: UnsafeRawPointer?, output: UnsafeMutableRawPointer?, count: Int,
        type: martlet_data_type = martlet_data_type(MARTLET_FLOAT32),
        operation: martlet_operation = martlet_operation(MARTLET_SUM), root: Int32 = 0
    ) -> [(name: String, status: martlet_status)] {
        let (world, sum, i, o) = (world, operation, input, output)
        func started(_ body: (inout OpaquePointer?) -> martlet_status) -> martlet_status {
            var request = OpaquePointer(bitPattern: 1)
            let status = body(&request)
            guard status == ok else {
                #expect(request == nil, "a start that failed left a request")
                return status
            }
            let outcome = martlet_request_wait(request)
            #expect(martlet_request_free(request) == ok)
            return outcome
        }
        return [
            ("all_reduce", martlet_all_reduce(world, i, o, count, type, sum)),
            ("reduce_scatter", martlet_reduce_scatter(world, i, o, count, type, sum)),
            ("all_gather", martlet_all_gather(world, i, o, count, type)),
            ("broadcast", martlet_broadcast(world, i, o, count, type, root)),
            ("reduce", martlet_reduce(world, i, o, count, type, sum, root)),
            (
                "all_reduce_start",
                started { martlet_all_reduce_start(world, i, o, count, type, sum, &$0) }
            ),
            (
                "reduce_scatter_start",
                started { martlet_reduce_scatter_start(world, i, o, count, type, sum, &$0) }
            ),
            (
                "all_gather_start",
                started { martlet_all_gather_start(world, i, o, count, type, &$0) }
            ),
            (
                "broadcast_start",
                started { martlet_broadcast_start(world, i, o, count, type, root, &$0) }
            ),
            (
                "reduce_start",
                started { martlet_reduce_start(world, i, o, count, type, sum, root, &$0) }
            ),
        ]
    }
}
