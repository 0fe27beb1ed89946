public import CMartlet
internal import Collectives
internal import Schedules

/// Starts a collective and gives the program its request.
private func start(
    _ handle: OpaquePointer?, _ request: UnsafeMutablePointer<OpaquePointer?>?,
    _ arguments: Arguments
) -> martlet_status {
    unsafe start(handle, request) { (communicator) throws(CollectiveError) in
        try unsafe arguments.call(on: communicator)
    }
}

private func start(
    _ handle: OpaquePointer?, _ request: UnsafeMutablePointer<OpaquePointer?>?,
    _ call: (Communicator) throws(CollectiveError) -> Call
) -> martlet_status {
    unsafe request?.pointee = nil
    return unsafe with(handle) { (communicator) throws(CollectiveError) in
        guard let request = unsafe request else { throw .null("request") }
        let call = try unsafe call(communicator)
        try unsafe requests.give(to: request) { () throws(CollectiveError) in
            PendingRequest(try unsafe communicator.engine.start(call), of: communicator)
        }
    }
}

@c @implementation
public func martlet_all_reduce_start(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ operation: martlet_operation,
    _ request: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe start(
        communicator, request,
        Arguments(
            collective: .allReduce, input: input, output: output, count: count, type: type,
            operation: operation))
}

@c @implementation
public func martlet_reduce_scatter_start(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ operation: martlet_operation,
    _ request: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe start(
        communicator, request,
        Arguments(
            collective: .reduceScatter, input: input, output: output, count: count, type: type,
            operation: operation))
}

@c @implementation
public func martlet_all_gather_start(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ request: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe start(
        communicator, request,
        Arguments(collective: .allGather, input: input, output: output, count: count, type: type))
}

@c @implementation
public func martlet_broadcast_start(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ root: Int32,
    _ request: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe start(
        communicator, request,
        Arguments(
            collective: .broadcast, input: input, output: output, count: count, type: type,
            root: root))
}

@c @implementation
public func martlet_reduce_start(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ operation: martlet_operation, _ root: Int32,
    _ request: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe start(
        communicator, request,
        Arguments(
            collective: .reduce, input: input, output: output, count: count, type: type,
            operation: operation, root: root))
}

@c @implementation
public func martlet_barrier_start(
    _ communicator: OpaquePointer!, _ request: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe start(communicator, request) { (communicator) throws(CollectiveError) in
        unsafe communicator.engine.barrier
    }
}
