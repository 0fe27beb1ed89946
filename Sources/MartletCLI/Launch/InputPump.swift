import Glibc
import Platform

/// Carries what is typed at our terminal to one rank.
///
/// The terminal is read only when there is something, and only while we are in its foreground:
/// otherwise the read would stop us. Nothing is read while the rank has not taken the last piece.
final class InputPump {
    /// Closed when nothing more can be read, so that the rank sees the end.
    private var writer: FileDescriptor?
    private let writerDescriptor: Int32
    private var isOpen = true
    private var pending: [UInt8] = []
    private var watched: Watched = .nothing

    private enum Watched {
        case nothing
        case terminal
        case pipe
    }

    /// How often a launcher in the background looks whether it is in the foreground.
    static let backgroundMilliseconds: Int32 = 500
    private static let terminal = STDIN_FILENO

    init(writer: consuming FileDescriptor) throws(SystemError) {
        try FileDescriptor.setNonBlocking(writer.rawValue)
        writerDescriptor = writer.rawValue
        self.writer = consume writer
    }

    /// Whether time has to pass before anything can be read.
    var needsTime: Bool { isOpen && pending.isEmpty && !Self.isForeground }

    /// A terminal that is not the one that controls us lets everybody read.
    private static var isForeground: Bool {
        let foreground = tcgetpgrp(terminal)
        return foreground < 0 || foreground == getpgrp()
    }

    /// Does what can be done now and watches for the next thing.
    func advance(_ epoll: borrowing Epoll, token: UInt64) throws(SystemError) {
        if isOpen, pending.isEmpty, watched == .terminal, Self.isForeground { readTerminal() }
        if isOpen, !pending.isEmpty { writePipe() }
        try watch(isOpen ? (pending.isEmpty ? .terminal : .pipe) : .nothing, epoll, token)
        if !isOpen { writer = nil }
    }

    /// Called when the terminal has something, or was said to; one read cannot block then.
    private func readTerminal() {
        var entry = pollfd(fd: Self.terminal, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, 0) > 0 else { return }
        var count = 0
        pending = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
            count = unsafe FileDescriptor.read(
                Self.terminal, UnsafeMutableRawBufferPointer(buffer))
            filled = max(0, count)
        }
        if count <= 0, count != -Int(EAGAIN) { isOpen = false }
    }

    private func writePipe() {
        let count = unsafe pending.withUnsafeBytes { bytes in
            unsafe FileDescriptor.write(writerDescriptor, bytes)
        }
        if count > 0 {
            pending.removeFirst(count)
        } else if count != -Int(EAGAIN) {
            isOpen = false
        }
    }

    private func watch(
        _ wanted: Watched, _ epoll: borrowing Epoll, _ token: UInt64
    ) throws(SystemError) {
        let wanted = wanted == .terminal && !Self.isForeground ? .nothing : wanted
        guard wanted != watched else { return }
        if watched == .terminal { epoll.remove(Self.terminal) }
        if watched == .pipe { epoll.remove(writerDescriptor) }
        watched = wanted
        switch wanted {
        case .terminal: try epoll.watch(Self.terminal, for: .readable, token: token)
        case .pipe: try epoll.watch(writerDescriptor, for: .writable, token: token)
        case .nothing: break
        }
    }
}
