internal import CLinux

/// The right of one process to what a file stands for, such as a database. The kernel takes it back
/// when the process ends, however it ends.
package struct FileLock: ~Copyable, Sendable {
    private let file: FileDescriptor

    /// Makes the file where there is none, and never removes it: who waits at a removed file waits at
    /// another one than who comes later.
    ///
    /// Throws an error that `isWouldBlock` where another process has the lock.
    package init(path: String) throws(SystemError) {
        let file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT)
        try check(clinux_lock(file.rawValue), "lock \(path)")
        self.file = file
    }
}

extension FileDescriptor {
    /// Brings a file, or a directory's names, to the disk.
    package static func synchronize(_ path: String) throws(SystemError) {
        let file = try open(path, flags: O_RDONLY)
        try check(clinux_sync(file.rawValue), "sync \(path)")
    }

    /// Gives a file another name, in the place of what bears it.
    package static func rename(_ path: String, to other: String) throws(SystemError) {
        try check(unsafe clinux_rename(path, other), "rename \(path) to \(other)")
    }
}
