import Glibc
import Platform

/// Where commands write what they were asked for.
enum StandardOutput {
    /// Writes all of a text, unlike `print`, which says nothing when a disk is full. A slow terminal
    /// is waited for.
    static func write(_ text: String) throws(SystemError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe FileDescriptor.write(STDOUT_FILENO, bytes)
            }
            rest = rest.dropFirst(try check(count, "write the results"))
        }
    }
}
