import Glibc
import Platform

/// Reads the outputs of all ranks, on a thread of its own, until the last is closed.
final class Listener {
    private var thread: Platform.Thread?

    /// Takes over the descriptors; position `r` is rank `r`'s.
    init(_ readers: [Int32], _ conversation: Monitor<Job.Conversation>) throws {
        thread = try Thread(name: "listener") {
            var lines = [[UInt8]](repeating: [], count: readers.count)
            var set = readers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            var openCount = readers.count
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while openCount > 0 {
                _ = poll(&set, nfds_t(set.count), -1)
                for rank in set.indices where set[rank].fd >= 0 && set[rank].revents != 0 {
                    let count = piece.withUnsafeMutableBytes {
                        FileDescriptor.read(set[rank].fd, $0)
                    }
                    if count <= 0 {
                        FileDescriptor.close(set[rank].fd)
                        set[rank].fd = -1
                        openCount -= 1
                        continue
                    }
                    lines[rank] += piece[..<count]
                    let events = Self.takeLines(&lines[rank]).map { Event(rank: rank, line: $0) }
                    conversation.update { $0.events += events }
                }
            }
        }
    }

    func join() {
        if let thread = thread.take() { thread.join() }
    }

    private static func takeLines(_ bytes: inout [UInt8]) -> [String] {
        guard let end = bytes.lastIndex(of: 0x0a) else { return [] }
        let whole = bytes[..<end].split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        bytes.removeSubrange(...end)
        return whole
    }
}
