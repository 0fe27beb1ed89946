internal import GRPCCore

/// What etcd answers, code and words: its clients know errors by both.
extension RPCError {
    static let emptyKey = RPCError(
        code: .invalidArgument, message: "etcdserver: key is not provided")
    static let keyNotFound = RPCError(code: .invalidArgument, message: "etcdserver: key not found")
    static let valueProvided = RPCError(
        code: .invalidArgument, message: "etcdserver: value is provided")
    static let leaseProvided = RPCError(
        code: .invalidArgument, message: "etcdserver: lease is provided")
    static let tooManyOperations = RPCError(
        code: .invalidArgument, message: "etcdserver: too many operations in txn request")
    static let duplicateKey = RPCError(
        code: .invalidArgument, message: "etcdserver: duplicate key given in txn request")
    static let invalidSortOption = RPCError(
        code: .invalidArgument, message: "etcdserver: invalid sort option")
    static let requestTooLarge = RPCError(
        code: .invalidArgument, message: "etcdserver: request is too large")
    static let compacted = RPCError(
        code: .outOfRange, message: "etcdserver: mvcc: required revision has been compacted")
    static let futureRevision = RPCError(
        code: .outOfRange, message: "etcdserver: mvcc: required revision is a future revision")
    static let noSpace = RPCError(
        code: .resourceExhausted, message: "etcdserver: mvcc: database space exceeded")
    static let tooManyRequests = RPCError(
        code: .resourceExhausted, message: "etcdserver: too many requests")
    static let leaseNotFound = RPCError(
        code: .notFound, message: "etcdserver: requested lease not found")
    static let leaseExists = RPCError(
        code: .failedPrecondition, message: "etcdserver: lease already exists")
    static let leaseTooLong = RPCError(
        code: .outOfRange, message: "etcdserver: too large lease TTL")
    static let stopped = RPCError(code: .unavailable, message: "etcdserver: server stopped")
    static let corrupt = RPCError(code: .dataLoss, message: "etcdserver: corrupt cluster")

    static func permissionDenied(_ message: String) -> RPCError {
        RPCError(code: .permissionDenied, message: "etcdserver: permission denied: \(message)")
    }
}
