internal import CLinux
internal import Synchronization

/// Lines for whoever reads a descriptor, from any thread. It never waits: a reader that stalls must
/// not hold up a thread that others count on, so a line that is not taken now is lost and counted.
package final class LineWriter: Sendable {
    /// What a pipe takes whole or not at all: longer lines may mix with those of other processes.
    package static let byteLimit = Int(PIPE_BUF)

    private let descriptor: Int32
    private let lost = Atomic<Int>(0)

    /// Does not own the descriptor.
    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Lines that were lost since this was last asked, for the next line to tell of.
    package func takeLostCount() -> Int { lost.exchange(0, ordering: .relaxed) }

    /// Counts lines as lost, as when a line that told of them was lost itself.
    package func addLost(_ count: Int) { lost.add(count, ordering: .relaxed) }

    /// Writes a line, which has its line break; false when nobody took it.
    package func write(_ line: String) -> Bool {
        var line = line
        let count = line.withUTF8 { bytes in
            unsafe clinux_write_line(descriptor, bytes.baseAddress, bytes.count)
        }
        return count >= 0
    }
}
