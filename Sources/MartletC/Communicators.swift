public import CMartlet
internal import Collectives
internal import Martlet

@c @implementation
public func martlet_communicator_join(
    _ configuration: UnsafePointer<martlet_configuration>!,
    _ world: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    guard let world = unsafe world else { return reject("world is a null pointer") }
    unsafe world.pointee = nil
    return attempt { () throws(CollectiveError) in
        let options = try unsafe JoinOptions(configuration)
        try unsafe communicators.give(to: world) { () throws(CollectiveError) in
            try Communicator.join(options)
        }
    }
}

@c @implementation
public func martlet_communicator_split(
    _ communicator: OpaquePointer!, _ color: Int32, _ key: Int32,
    _ part: UnsafeMutablePointer<OpaquePointer?>!
) -> martlet_status {
    unsafe part?.pointee = nil
    return unsafe with(communicator) { (communicator) throws(CollectiveError) in
        guard let part = unsafe part else { throw .null("part") }
        guard color >= MARTLET_NO_COLOR else {
            throw CollectiveError(
                .invalidArgument, "color \(color) is below 0, and not MARTLET_NO_COLOR",
                phase: .idle)
        }
        try unsafe communicators.give(to: part) { () throws(CollectiveError) in
            try communicator.split(
                color: color == MARTLET_NO_COLOR ? nil : Int(color), key: Int(key))
        }
    }
}

@c @implementation
public func martlet_communicator_abort(
    _ communicator: OpaquePointer!, _ reason: UnsafePointer<CChar>!
) -> martlet_status {
    unsafe with(communicator) { communicator in
        if let reason = unsafe beginning(of: reason, byteLimit: 400) {
            communicator.abort(reason)
        } else {
            communicator.abort()
        }
    }
}

@c @implementation
public func martlet_communicator_leave(_ communicator: OpaquePointer!) -> martlet_status {
    unsafe with(communicator) { $0.leave() }
}

@c @implementation
public func martlet_communicator_destroy(_ communicator: OpaquePointer!) -> martlet_status {
    guard let handle = unsafe communicator else { return martlet_status(MARTLET_OK) }
    // The handle goes first: of two threads that destroy it, one is told that it was.
    let found = communicators.with(UInt(bitPattern: handle)) { communicator in
        guard communicators.remove(UInt(bitPattern: handle)) else { return false }
        communicator.leave()
        return true
    }
    return found == true ? martlet_status(MARTLET_OK) : unsafe rejectHandle(handle, "communicator")
}

// MARK: - Questions

@c @implementation
public func martlet_communicator_rank(
    _ communicator: OpaquePointer!, _ rank: UnsafeMutablePointer<Int32>!
) -> martlet_status {
    unsafe with(communicator) { (communicator) throws(CollectiveError) in
        guard let rank = unsafe rank else { throw .null("rank") }
        unsafe rank.pointee = Int32(communicator.rank)
    }
}

@c @implementation
public func martlet_communicator_rank_count(
    _ communicator: OpaquePointer!, _ rank_count: UnsafeMutablePointer<Int32>!
) -> martlet_status {
    unsafe with(communicator) { (communicator) throws(CollectiveError) in
        guard let rankCount = unsafe rank_count else { throw .null("rank_count") }
        unsafe rankCount.pointee = Int32(communicator.rankCount)
    }
}

@c @implementation
public func martlet_communicator_status(_ communicator: OpaquePointer!) -> martlet_status {
    unsafe with(communicator) { (communicator) throws(CollectiveError) in
        if let failure = communicator.failure { throw failure }
    }
}

@c @implementation
public func martlet_communicator_describe(
    _ communicator: OpaquePointer!, _ buffer: UnsafeMutablePointer<CChar>!,
    _ buffer_byte_count: Int, _ needed_byte_count: UnsafeMutablePointer<Int>!
) -> martlet_status {
    unsafe with(communicator) { (communicator) throws(CollectiveError) in
        guard let needed = unsafe needed_byte_count else { throw .null("needed_byte_count") }
        let buffer = unsafe buffer
        if unsafe buffer == nil && buffer_byte_count != 0 { throw .null("buffer") }
        let text = communicator.describe()
        unsafe needed.pointee = text.utf8.count + 1
        guard let buffer = unsafe buffer else { return }
        unsafe copy(text, to: buffer, byteCount: buffer_byte_count)
    }
}
