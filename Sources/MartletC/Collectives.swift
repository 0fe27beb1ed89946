public import CMartlet
internal import Collectives
internal import Schedules

/// Runs a collective to its end on this thread.
@inline(__always)
private func run(_ handle: OpaquePointer?, _ arguments: Arguments) -> martlet_status {
    unsafe with(handle) { (communicator) throws(CollectiveError) in
        try unsafe communicator.engine.run(arguments.call(on: communicator))
    }
}

@c @implementation
public func martlet_all_reduce(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ operation: martlet_operation
) -> martlet_status {
    unsafe run(
        communicator,
        Arguments(
            collective: .allReduce, input: input, output: output, count: count, type: type,
            operation: operation))
}

@c @implementation
public func martlet_reduce_scatter(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ operation: martlet_operation
) -> martlet_status {
    unsafe run(
        communicator,
        Arguments(
            collective: .reduceScatter, input: input, output: output, count: count, type: type,
            operation: operation))
}

@c @implementation
public func martlet_all_gather(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type
) -> martlet_status {
    unsafe run(
        communicator,
        Arguments(collective: .allGather, input: input, output: output, count: count, type: type))
}

@c @implementation
public func martlet_broadcast(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ root: Int32
) -> martlet_status {
    unsafe run(
        communicator,
        Arguments(
            collective: .broadcast, input: input, output: output, count: count, type: type,
            root: root))
}

@c @implementation
public func martlet_reduce(
    _ communicator: OpaquePointer!, _ input: UnsafeRawPointer!, _ output: UnsafeMutableRawPointer!,
    _ count: Int, _ type: martlet_data_type, _ operation: martlet_operation, _ root: Int32
) -> martlet_status {
    unsafe run(
        communicator,
        Arguments(
            collective: .reduce, input: input, output: output, count: count, type: type,
            operation: operation, root: root))
}

@c @implementation
public func martlet_barrier(_ communicator: OpaquePointer!) -> martlet_status {
    unsafe with(communicator) { (communicator) throws(CollectiveError) in
        try communicator.barrier()
    }
}
