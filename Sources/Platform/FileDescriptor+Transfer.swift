internal import CLinux

/// Plain reads and writes, for files and pipes. Each answers a byte count or a negated errno.
extension FileDescriptor {
    package static func read(_ rawValue: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        unsafe clinux_read(rawValue, bytes.baseAddress, bytes.count)
    }

    /// A broken pipe raises SIGPIPE unless that is ignored.
    package static func write(_ rawValue: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        unsafe clinux_write(rawValue, bytes.baseAddress, bytes.count)
    }

    /// For every holder of the same open file, not only for this descriptor.
    package static func setNonBlocking(_ rawValue: Int32) throws(SystemError) {
        try check(clinux_set_nonblocking(rawValue), "fcntl \(rawValue)")
    }

    /// Closes every descriptor from `first` on, whoever owns it: for processes that start afresh.
    package static func closeAll(from first: Int32) {
        clinux_close_from(first)
    }
}
