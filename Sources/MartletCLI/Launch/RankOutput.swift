import Glibc
import Platform

/// Everything that ranks write, on its way to our own standard output and standard error.
///
/// While a sink is full, the pipes that lead to it are not read: their writers wait. Each sink has
/// an epoll set of its own, which is taken out of the launcher's as a whole.
final class RankOutput {
    let standardOutput: OutputSink
    let standardError: OutputSink
    private let sets: [SinkSet]
    private var streams: [RankStream] = []

    /// The pipes of one sink.
    private final class SinkSet {
        let sink: OutputSink
        let epoll: Epoll
        var isReading = true
        var isWaitingForRoom = false

        init(_ sink: OutputSink) throws(SystemError) {
            self.sink = sink
            epoll = try Epoll()
        }
    }

    /// What the launcher's epoll set says of us: tokens below this limit.
    static let tokenLimit: UInt64 = 16
    private static let writableToken: UInt64 = 8

    init() throws(SystemError) {
        standardOutput = OutputSink(STDOUT_FILENO)
        let isShared = OutputSink.leadToSameFile(STDOUT_FILENO, STDERR_FILENO)
        standardError = isShared ? standardOutput : OutputSink(STDERR_FILENO)
        let first = try SinkSet(standardOutput)
        sets = isShared ? [first] : [first, try SinkSet(standardError)]
    }

    func watch(in epoll: borrowing Epoll) throws(SystemError) {
        for (index, set) in sets.enumerated() {
            try epoll.watch(
                set.epoll.descriptor.rawValue, for: .readable, token: UInt64(index))
        }
    }

    /// Takes over the reading end of a rank's pipe.
    func add(
        _ reader: consuming FileDescriptor, rank: Int, isError: Bool, marksLines: Bool
    ) throws(SystemError) {
        let sink = isError ? standardError : standardOutput
        let color = Self.usesColor(sink) ? 31 + (rank + 5) % 6 : nil
        let prefixer = LinePrefixer(label: marksLines ? String(rank) : nil, color: color)
        try FileDescriptor.setNonBlocking(reader.rawValue)
        let stream = RankStream(rank: rank, reader: reader, prefixer: prefixer, sink: sink)
        try set(of: sink).epoll.watch(
            stream.descriptor, for: .readable, token: UInt64(streams.count))
        streams.append(stream)
    }

    private func set(of sink: OutputSink) -> SinkSet {
        sets.first { $0.sink === sink } ?? sets[0]
    }

    private static func usesColor(_ sink: OutputSink) -> Bool {
        sink.isTerminal && Host.environment("NO_COLOR") == nil
            && Host.environment("TERM") != "dumb"
    }
}

extension RankOutput {
    /// Reads every pipe of one sink that has something, once each.
    func readable(token: UInt64) throws(SystemError) {
        guard token < sets.count else { return }
        let set = sets[Int(token)]
        for event in try set.epoll.ready(timeoutMilliseconds: 0) where !set.sink.isFull {
            let stream = streams[Int(event.token)]
            _ = stream.pump()
            if !stream.isOpen { set.epoll.remove(stream.descriptor) }
        }
    }

    /// Reads what a rank has written so far, up to what its two pipes can hold.
    func drain(rank: Int) {
        for stream in streams where stream.rank == rank {
            var rounds = 0
            while rounds < 8, stream.pump() { rounds += 1 }
        }
    }

    /// One of our own lines.
    func say(_ line: String) {
        standardError.append { $0.append(contentsOf: Array("martlet launch: \(line)\n".utf8)) }
    }

    /// Writes what can be written, and stops or resumes reading accordingly. Answers the sinks
    /// that failed, with the errno.
    func flush(in epoll: borrowing Epoll) throws(SystemError) -> [(OutputSink, Int32)] {
        var failures: [(OutputSink, Int32)] = []
        for (index, set) in sets.enumerated() {
            let progress = set.sink.flush()
            if case .failed(let code) = progress { failures.append((set.sink, code)) }
            try updateWaiting(set, index, isBlocked: progress == .blocked, epoll)
            try updateReading(set, index, epoll)
        }
        return failures
    }

    private func updateWaiting(
        _ set: SinkSet, _ index: Int, isBlocked: Bool, _ epoll: borrowing Epoll
    ) throws(SystemError) {
        guard isBlocked != set.isWaitingForRoom else { return }
        set.isWaitingForRoom = isBlocked
        if isBlocked {
            let token = Self.writableToken + UInt64(index)
            try epoll.watch(set.sink.descriptor, for: .writable, token: token)
        } else {
            epoll.remove(set.sink.descriptor)
        }
    }

    private func updateReading(
        _ set: SinkSet, _ index: Int, _ epoll: borrowing Epoll
    ) throws(SystemError) {
        guard set.sink.isFull == set.isReading else { return }
        set.isReading.toggle()
        let descriptor = set.epoll.descriptor.rawValue
        if set.isReading {
            try epoll.watch(descriptor, for: .readable, token: UInt64(index))
        } else {
            epoll.remove(descriptor)
        }
    }

    /// Whether lines wait for their reader.
    var isWaiting: Bool { sets.contains { $0.isWaitingForRoom } }

    /// When no process of the job is left: reads what the pipes still hold, as far as there is
    /// room. True when everything was read.
    func finish() -> Bool {
        for stream in streams where stream.isOpen {
            while !stream.sink.isFull, stream.pump() {}
            // Whoever holds the other end now is no process of this job.
            if !stream.sink.isFull { stream.finish() }
        }
        return streams.allSatisfy { !$0.isOpen }
    }
}
