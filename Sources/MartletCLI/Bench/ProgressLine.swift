import Glibc
import Platform

/// A line on a terminal that says what is being done now; nothing at all elsewhere.
struct ProgressLine {
    private let isShown: Bool

    init(isWanted: Bool) {
        isShown = isWanted && isatty(STDERR_FILENO) == 1 && Host.environment("TERM") != "dumb"
    }

    func show(_ text: String) {
        if isShown { Self.write("\r\u{1b}[K# \(text)") }
    }

    func clear() {
        if isShown { Self.write("\r\u{1b}[K") }
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = unsafe FileDescriptor.write(STDERR_FILENO, UnsafeRawBufferPointer(bytes))
        }
    }
}
