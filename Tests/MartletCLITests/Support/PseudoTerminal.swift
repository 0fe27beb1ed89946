import Glibc
import Platform

/// A terminal whose other side is the test.
final class PseudoTerminal {
    private let master: FileDescriptor
    let terminal: FileDescriptor
    private var seen: [UInt8] = []

    init() throws {
        master = try FileDescriptor.open("/dev/ptmx", flags: O_RDWR | O_NOCTTY)
        // TIOCSPTLCK and TIOCGPTN: posix_openpt and its family are hidden from Swift.
        var (lock, number): (Int32, Int32) = (0, 0)
        guard ioctl(master.rawValue, 0x4004_5431, &lock) == 0,
            ioctl(master.rawValue, 0x8004_5430, &number) == 0
        else { throw SystemError(code: errno, operation: "ioctl /dev/ptmx") }
        terminal = try FileDescriptor.open("/dev/pts/\(number)", flags: O_RDWR | O_NOCTTY)
        try FileDescriptor.setNonBlocking(master.rawValue)
    }

    /// What was written to the terminal so far.
    var text: String {
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = piece.withUnsafeMutableBytes { FileDescriptor.read(master.rawValue, $0) }
            guard count > 0 else { break }
            seen += piece[..<count]
        }
        return String(decoding: seen, as: UTF8.self)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { FileDescriptor.write(master.rawValue, $0) }
    }
}
