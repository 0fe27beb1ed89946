internal import Glibc
internal import Platform

/// The Unix socket of the local API: one agent has it, and takes it away when it ends.
struct LocalSocket: ~Copyable {
    let path: String
    private let lock: FileLock
    private let listener: FileDescriptor

    /// For root, the agent's user, and members of the group.
    static let mode: UInt32 = 0o660
    /// Makes the socket. One that an agent left behind which was killed is replaced.
    ///
    /// - Throws: when the path is too long, another agent listens there, something else stands
    ///   there, or this user may not make it.
    init(path: String, group: String) throws(AgentError) {
        let limit = StreamSocket.localPathByteLimit
        guard path.utf8.count <= limit else {
            throw AgentError(
                .configuration, "the socket's path has \(path.utf8.count) bytes: \(path)",
                systemCode: ENAMETOOLONG, remedy: "choose one of at most \(limit)")
        }
        try Self.makeFolder(of: path)
        let lock = try Self.lock(path)
        // Nobody but the holder of the lock makes or removes sockets here: this one is a dead one's.
        try Self.removeStale(path)
        let listener = try Self.listen(path, group: Account.number(ofGroup: group))
        self.init(path: path, lock: lock, listener: listener)
    }

    private init(path: String, lock: consuming FileLock, listener: consuming FileDescriptor) {
        self.path = path
        self.lock = lock
        self.listener = listener
    }

    /// For whoever listens; it stays the socket's.
    var descriptor: Int32 { listener.rawValue }

    /// Closes it, and takes the path away.
    consuming func remove() {
        FileDescriptor.remove(path)
    }

    private static func makeFolder(of path: String) throws(AgentError) {
        guard let end = path.lastIndex(of: "/"), end > path.startIndex else { return }
        let folder = FilePath(String(path[..<end]))
        do throws(SystemError) {
            try folder.makeDirectory(mode: 0o755)
        } catch {
            guard error.code != EEXIST else { return }
            throw failure("the folder of \(path) cannot be made", error)
        }
    }

    private static func lock(_ path: String) throws(AgentError) -> FileLock {
        do {
            return try FileLock(path: path + ".lock")
        } catch {
            guard error.isWouldBlock else {
                throw failure("the socket \(path) cannot be made", error)
            }
            throw AgentError(
                .refused, "another agent listens at \(path)", systemCode: EADDRINUSE,
                remedy: "stop it first, or give this one a socket of its own (--socket)")
        }
    }

    private static func removeStale(_ path: String) throws(AgentError) {
        let file = FilePath(path)
        switch try? file.kind() {
        case nil: return
        case .other where (try? file.isSocket()) == true: FileDescriptor.remove(path)
        default:
            throw AgentError(
                .configuration, "something stands at \(path) that is no socket",
                remedy: "move it away, or choose another path")
        }
    }

    private static func listen(
        _ path: String, group: UInt32?
    ) throws(AgentError) -> FileDescriptor {
        do throws(SystemError) {
            return try StreamSocket.listen(
                atPath: path, mode: group == nil ? 0o600 : mode, group: group)
        } catch {
            // Only members may give a file to a group.
            guard error.code == EPERM, group != nil else {
                throw failure("the socket \(path) cannot be made", error)
            }
        }
        do throws(SystemError) {
            // The user's own group may hold anybody, so it gets nothing.
            return try StreamSocket.listen(atPath: path, mode: 0o600, group: nil)
        } catch {
            throw failure("the socket \(path) cannot be made", error)
        }
    }

    private static func failure(_ what: String, _ error: SystemError) -> AgentError {
        let remedy =
            switch error.code {
            case EACCES, EPERM, EROFS:
                "run the agent as a user that may write there, or choose another path (--socket)"
            case ENOENT: "make the folder above it, or choose another path (--socket)"
            case ENOSPC: "free some space there"
            default: "choose another path (--socket)"
            }
        return AgentError(
            .system, "\(what): \(SystemError.text(of: error.code))", systemCode: error.code,
            remedy: remedy)
    }
}
