internal import CLinux

/// What tells an open file from every other one of the host.
package struct FileIdentity: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64

    package init(descriptor: Int32) throws(SystemError) {
        var status = stat()
        let result = unsafe clinux_file_status(descriptor, &status)
        try check(result, "examine descriptor \(descriptor)")
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
