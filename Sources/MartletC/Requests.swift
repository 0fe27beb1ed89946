public import CMartlet
internal import Collectives

@c @implementation
public func martlet_request_wait(_ request: OpaquePointer!) -> martlet_status {
    unsafe with(request: request) { pending in
        attempt { () throws(CollectiveError) in
            try pending.communicator.engine.wait(for: pending.request)
        }
    }
}

@c @implementation
public func martlet_request_test(
    _ request: OpaquePointer!, _ is_done: UnsafeMutablePointer<Int32>!
) -> martlet_status {
    unsafe with(request: request) { pending in
        guard let isDone = unsafe is_done else { return reject("is_done is a null pointer") }
        guard pending.request.isDone else {
            unsafe isDone.pointee = 0
            return martlet_status(MARTLET_OK)
        }
        unsafe isDone.pointee = 1
        return pending.request.error.map { report($0) } ?? martlet_status(MARTLET_OK)
    }
}

@c @implementation
public func martlet_request_free(_ request: OpaquePointer!) -> martlet_status {
    guard let request = unsafe request else { return martlet_status(MARTLET_OK) }
    return unsafe with(request: request) { pending in
        guard pending.request.isDone else {
            return reject(
                "the operation is still under way and uses its buffers: wait for it first", .busy)
        }
        return unsafe requests.remove(UInt(bitPattern: request))
            ? martlet_status(MARTLET_OK) : rejectHandle(request, "request")
    }
}
