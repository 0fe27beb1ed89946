internal import CLinux
internal import CSharedMemory
internal import Platform

/// A segment of another rank, and the token that says whose it is.
struct PassedSegment: ~Copyable {
    let token: [UInt8]
    let descriptor: FileDescriptor

    /// The descriptor alone.
    consuming func take() -> FileDescriptor { descriptor }
}

/// Where the segments of other ranks arrive: a datagram socket that nobody has to accept connections
/// on. Whoever knows its name can send to it, so what counts is the token that comes with a segment.
struct HandoverSocket: ~Copyable {
    let name: [UInt8]
    let descriptor: FileDescriptor
    private let path: String?

    /// Under an abstract name, which processes of one network namespace reach; or as a file in
    /// `directory`, for those that share only that.
    init(directory: String?) throws(SharedMemoryError) {
        let label = "martlet-\(String(hexadecimal: Host.randomBytes(16)))"
        path = directory.map { "\($0)/\(label)" }
        name = path.map { Array($0.utf8) } ?? [0] + Array(label.utf8)
        guard name.count <= HandoverOffer.nameByteLimit else {
            throw SharedMemoryError(
                .system, "the directory of MARTLET_SHM_DIRECTORY has too long a path")
        }
        let opened = unsafe cshared_open(name, name.count)
        let place = path ?? "an abstract name"
        do throws(SystemError) {
            descriptor = FileDescriptor(owning: try check(opened, "bind \(place)"))
        } catch {
            throw SharedMemoryError(error)
        }
        ForkGuard.protect(descriptor.rawValue)
    }

    deinit {
        if let path { FileDescriptor.remove(path) }
    }

    /// Passes a segment to the socket of that name; false while its queue is full.
    borrowing func pass(
        _ segment: Int32, to name: [UInt8], token: [UInt8]
    ) throws(SharedMemoryError) -> Bool {
        let result = unsafe cshared_pass(
            descriptor.rawValue, name, name.count, token, token.count, segment)
        switch -result {
        case 0: return true
        case EAGAIN, ENOBUFS: return false
        default:
            throw SharedMemoryError(
                .refused, Self.explain(-result, isAbstract: name.first == 0), errorNumber: -result)
        }
    }

    private static func explain(_ code: Int32, isAbstract: Bool) -> String {
        if isAbstract && code == ECONNREFUSED {
            return "the two are on one host but in different network namespaces: name a directory "
                + "that both see in MARTLET_SHM_DIRECTORY"
        }
        if code == ENOENT {
            return "the directory of MARTLET_SHM_DIRECTORY is not the same for both"
        }
        return "its socket could not be reached: \(SystemError.text(of: code))"
    }

    /// What has arrived: a token and a descriptor. Nil when nothing is there; strangers' words are
    /// dropped.
    borrowing func receive() -> PassedSegment? {
        while true {
            var bytes = [UInt8](repeating: 0, count: HandoverOffer.tokenByteCount + 1)
            var passed: Int32 = -1
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe cshared_accept_pass(
                    descriptor.rawValue, buffer.baseAddress, buffer.count, &passed)
            }
            guard count >= 0 else { return nil }
            guard passed >= 0 else { continue }
            ForkGuard.protect(passed)
            return PassedSegment(
                token: Array(bytes.prefix(Int(count))), descriptor: FileDescriptor(owning: passed))
        }
    }
}
