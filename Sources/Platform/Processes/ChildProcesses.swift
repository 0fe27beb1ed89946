internal import CLinux

/// The children of this process.
package enum ChildProcesses {
    /// What became of the children that were asked for.
    package enum Answer: Sendable, Hashable {
        /// A child ended; its identifier is free from now on.
        case ended(Int32, ProcessStatus)
        /// There are children, and none has ended.
        case running
        /// There is no such child.
        case none
    }

    /// Collects a child that has ended: this one, or any with -1. Does not wait unless asked to.
    package static func collect(_ identifier: Int32 = -1, waits: Bool = false) -> Answer {
        var status: Int32 = 0
        let ended = unsafe clinux_wait(identifier, &status, waits ? 0 : WNOHANG)
        switch ended {
        case 1...: return .ended(ended, ProcessStatus(rawValue: status))
        case 0: return .running
        default: return .none
        }
    }

    /// Copies this process, which must have one thread only; answers 0 in the copy.
    package static func fork() throws(SystemError) -> Int32 {
        try check(clinux_fork(), "fork")
    }

    /// From now on, processes below this one that lose their parent become its children.
    package static func adoptOrphans() throws(SystemError) {
        try check(clinux_become_subreaper(), "prctl")
    }

    /// How this process shows in `ps`; 15 bytes at most.
    package static func setOwnName(_ name: String) {
        unsafe clinux_set_process_name(name)
    }

    /// All children of this process, also those that ended and were not collected.
    ///
    /// From /proc: there is no system call that lists children. Empty where /proc is not mounted.
    package static func all() -> [Int32] {
        guard let directory = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(directory) }
        let own = getpid()
        var children: [Int32] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let identifier = Int32(name), parent(of: identifier) == own else { continue }
            children.append(identifier)
        }
        return children
    }

    /// The fourth field of stat; the second is the name in parentheses, which may hold anything.
    private static func parent(of identifier: Int32) -> Int32? {
        guard let bytes = try? FileDescriptor.contents(of: "/proc/\(identifier)/stat"),
            let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 1 else { return nil }
        return Int32(String(decoding: fields[1], as: UTF8.self))
    }
}
