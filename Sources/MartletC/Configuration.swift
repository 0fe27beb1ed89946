internal import Bootstrap
public import CMartlet
internal import Collectives
internal import Glibc
internal import Martlet
internal import Schedules

/// Structures of this size or more cannot be meant, and their tails are not looked at.
private let structByteLimit = 4096

@c @implementation
public func martlet_configuration_init(
    _ configuration: UnsafeMutablePointer<martlet_configuration>!, _ struct_byte_count: Int
) -> martlet_status {
    guard let configuration = unsafe configuration else {
        return reject("configuration is a null pointer")
    }
    guard unsafe martlet_configuration.isPossible(byteCount: struct_byte_count) else {
        return reject("\(struct_byte_count) bytes are not the size of a martlet_configuration")
    }
    // A later version's fields mean "as it always was" when they are zero.
    unsafe memset(configuration, 0, struct_byte_count)
    unsafe configuration.pointee.struct_byte_count = struct_byte_count
    unsafe configuration.pointee.rank = MARTLET_FROM_ENVIRONMENT
    unsafe configuration.pointee.rank_count = MARTLET_FROM_ENVIRONMENT
    unsafe configuration.pointee.strict = MARTLET_FROM_ENVIRONMENT
    unsafe configuration.pointee.epoch = Int64(MARTLET_FROM_ENVIRONMENT)
    return martlet_status(MARTLET_OK)
}

extension martlet_configuration {
    fileprivate static func isPossible(byteCount: Int) -> Bool {
        unsafe (firstByteCount..<structByteLimit).contains(byteCount)
    }

    /// What the first version had: fields were only ever added behind it.
    private static var firstByteCount: Int {
        unsafe MemoryLayout<Self>.offset(of: \.transport) ?? MemoryLayout<Self>.size
    }

    /// What a caller knows of it; fields that came later are as they are initialised.
    fileprivate init(copying other: UnsafePointer<Self>) {
        unsafe self.init()
        let byteCount = unsafe min(other.pointee.struct_byte_count, MemoryLayout<Self>.size)
        unsafe withUnsafeMutableBytes(of: &self) { bytes in
            unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: other, count: byteCount))
        }
    }
}

extension JoinOptions {
    /// What a C program asked for, or everything from the environment for a null pointer.
    init(_ configuration: UnsafePointer<martlet_configuration>?) throws(CollectiveError) {
        self.init()
        guard let configuration = unsafe configuration else { return }
        try unsafe Self.checkSize(configuration)
        let given = unsafe martlet_configuration(copying: configuration)
        rank = try Self.number(unsafe given.rank, "rank", in: JoinLimits.ranks)
        rankCount = try Self.number(
            unsafe given.rank_count, "rank_count", in: JoinLimits.rankCounts)
        meeting = try unsafe text(given.meeting, "meeting")
        job = try unsafe text(given.job, "job")
        secret = try unsafe Self.secret(given)
        timeoutSeconds = try Self.seconds(
            unsafe given.timeout_seconds, "timeout_seconds", in: JoinLimits.timeoutSeconds)
        operationTimeoutSeconds = try Self.seconds(
            unsafe given.operation_timeout_seconds, "operation_timeout_seconds",
            in: JoinLimits.operationTimeoutSeconds)
        interface = try unsafe text(given.network_interface, "network_interface")
        planPath = try unsafe text(given.plan_path, "plan_path")
        algorithm = try Self.algorithm(unsafe given.algorithm)
        isStrict = try Self.number(unsafe given.strict, "strict", in: 0...1).map { $0 == 1 }
        epoch = try Self.number(unsafe given.epoch, "epoch", in: JoinLimits.epochs)
        transports = try Self.policy(unsafe text(given.transport, "transport"))
    }

    /// Fields that this library does not know must be as its successors initialise them.
    private static func checkSize(
        _ configuration: UnsafePointer<martlet_configuration>
    ) throws(CollectiveError) {
        let byteCount = unsafe configuration.pointee.struct_byte_count
        guard unsafe martlet_configuration.isPossible(byteCount: byteCount) else {
            throw .wrong("struct_byte_count", "\(byteCount): call martlet_configuration_init first")
        }
        let bytes = unsafe UnsafeRawBufferPointer(start: configuration, count: byteCount)
        let isKnown = unsafe bytes.dropFirst(MemoryLayout<martlet_configuration>.size)
            .allSatisfy { $0 == 0 }
        guard isKnown else {
            throw CollectiveError(
                .unsupported,
                "the configuration sets fields that this version of the library does not know",
                phase: .joining)
        }
    }

    private static func number(
        _ value: some BinaryInteger, _ name: String, in range: ClosedRange<Int>
    ) throws(CollectiveError) -> Int? {
        if value == MARTLET_FROM_ENVIRONMENT { return nil }
        guard range.contains(Int(value)) else {
            throw .wrong(name, "\(value), not in \(range.lowerBound)...\(range.upperBound)")
        }
        return Int(value)
    }

    private static func seconds(
        _ value: Double, _ name: String, in range: ClosedRange<Double>
    ) throws(CollectiveError) -> Double? {
        if value == 0 { return nil }
        guard range.contains(value) else {
            throw .wrong(name, "\(value), not in \(range.lowerBound)...\(range.upperBound) seconds")
        }
        return value
    }

    private static func secret(
        _ given: martlet_configuration
    ) throws(CollectiveError) -> [UInt8]? {
        let byteCount = unsafe given.secret_byte_count
        guard let bytes = unsafe given.secret else {
            guard byteCount == 0 else { throw .wrong("secret", "a null pointer") }
            return nil
        }
        let range = JoinLimits.secretByteCounts
        guard range.contains(byteCount) else {
            throw .wrong(
                "secret_byte_count",
                "\(UInt(bitPattern: byteCount)), not in \(range.lowerBound)...\(range.upperBound)")
        }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: byteCount))
    }

    private static func policy(_ text: String?) throws(CollectiveError) -> TransportPolicy? {
        guard let text else { return nil }
        guard let policy = TransportPolicy(text: text) else {
            throw .wrong("transport", "'\(text)', which is no policy of martlet.h")
        }
        return policy
    }

    private static func algorithm(_ value: martlet_algorithm) throws(CollectiveError) -> Algorithm?
    {
        if value == MARTLET_ALGORITHM_AUTO { return nil }
        guard let raw = UInt8(exactly: value), let algorithm = Algorithm(rawValue: raw) else {
            throw .wrong("algorithm", "\(value), which is none of martlet.h")
        }
        return algorithm
    }
}

extension CollectiveError {
    /// A field of the configuration that cannot be meant.
    fileprivate static func wrong(_ field: String, _ value: String) -> CollectiveError {
        CollectiveError(
            .invalidArgument, "the configuration's \(field) is \(value)", phase: .joining)
    }
}
