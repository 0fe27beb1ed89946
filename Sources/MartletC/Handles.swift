internal import CMartlet
internal import Collectives

/// The communicators that C programs hold.
let communicators = HandleTable<Communicator>(kind: 0x4d)

/// The non-blocking operations that C programs hold.
let requests = HandleTable<PendingRequest>(kind: 0x52)

/// An operation and its communicator, whose engine a waiting thread drives: it must be there, though
/// left, also when its own handle has been given back.
final class PendingRequest: Sendable {
    let request: Request
    let communicator: Communicator

    init(_ request: Request, of communicator: Communicator) {
        self.request = request
        self.communicator = communicator
    }
}

/// Calls `body` with the communicator behind a handle and reports what it throws.
func with(
    _ handle: OpaquePointer?, _ body: (Communicator) throws(CollectiveError) -> Void
) -> martlet_status {
    let status = communicators.with(UInt(bitPattern: handle)) { communicator in
        attempt { () throws(CollectiveError) in try body(communicator) }
    }
    return unsafe status ?? rejectHandle(handle, "communicator")
}

/// Calls `body` with the request behind a handle; it answers the status.
func with(
    request handle: OpaquePointer?, _ body: (PendingRequest) -> martlet_status
) -> martlet_status {
    unsafe requests.with(UInt(bitPattern: handle), body) ?? rejectHandle(handle, "request")
}

func rejectHandle(_ handle: OpaquePointer?, _ kind: String) -> martlet_status {
    guard let handle = unsafe handle else { return reject("the \(kind) is a null pointer") }
    let number = String(UInt(bitPattern: handle), radix: 16)
    return reject("0x\(number) is no \(kind), or one that was given back before")
}

extension HandleTable {
    /// Gives the object that `make` makes to the C program as a handle, null where there is none.
    func give(
        to place: UnsafeMutablePointer<OpaquePointer?>,
        _ make: () throws(CollectiveError) -> Object?
    ) throws(CollectiveError) {
        let handle = try insert(make)
        unsafe place.pointee = handle.flatMap { unsafe OpaquePointer(bitPattern: $0) }
    }
}
