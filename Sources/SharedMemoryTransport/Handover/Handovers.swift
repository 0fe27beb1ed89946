internal import CLinux
package import Platform

/// What a process brings to its handovers.
package struct HandoverSettings: Sendable {
    /// Bytes of the ring of each direction, a power of two.
    package var ringByteCount = 512 << 10
    /// The NUMA node near which this rank receives, by the kernel's number.
    package var node: Int?
    /// A directory that all ranks of the host see, for those whose network namespaces differ.
    package var directory: String?

    package init(node: Int? = nil, directory: String? = nil) {
        self.node = node
        self.directory = directory
    }
}

/// The handovers of several pairs at once, so that no rank waits for one of them only.
package struct Handovers: ~Copyable {
    private let settings: HandoverSettings
    private let socket: HandoverSocket?
    private let socketName: [UInt8]
    private let refusal: String?
    private var pairs: [Handover] = []

    /// `refusal` says why this rank does not want to share memory with anybody, nil where it does.
    package init(_ settings: HandoverSettings, refusal: String? = nil) {
        self.settings = settings
        guard refusal == nil else {
            socket = nil
            socketName = []
            self.refusal = refusal
            return
        }
        do throws(SharedMemoryError) {
            let opened = try HandoverSocket(directory: settings.directory)
            socketName = opened.name
            socket = consume opened
            self.refusal = nil
        } catch {
            socket = nil
            socketName = []
            self.refusal = error.message
        }
    }

    /// Adds a pair, by its connection, which must not block; the other rank is called `name` in
    /// messages. Its outcome is taken from the answer once all have run.
    package mutating func add(
        _ name: String, on connection: consuming FileDescriptor
    ) -> Handover {
        let pair = Handover(
            with: name, on: connection, settings, socketName: socketName,
            refusal: refusal)
        pairs.append(pair)
        return pair
    }

    /// Runs all of them to their ends. Blocks until the deadline at most.
    package func run(
        until deadline: Deadline, isCancelled: () -> Bool
    ) throws(SharedMemoryError) {
        var waiting = pairs
        while true {
            for pair in waiting { try pair.advance() }
            exchange(waiting)
            for pair in waiting { try pair.advance() }
            waiting.removeAll { $0.isDone }
            guard let first = waiting.first else { return }
            if deadline.hasPassed {
                throw SharedMemoryError(.timedOut, "\(first.name) did not answer in time")
            }
            if isCancelled() { throw SharedMemoryError(.timedOut, "the job has failed meanwhile") }
            pause(for: waiting)
        }
    }

    private func exchange(_ waiting: [Handover]) {
        switch socket {
        case .some(let socket):
            for pair in waiting { pair.pass(through: socket) }
            while let passed = socket.receive() {
                let token = passed.token
                let pair = waiting.first { $0.expects(token) }
                pair?.adopt(passed.take())
            }
        case .none: break
        }
    }

    /// Sleeps until something arrives; briefly, where another rank's queue is full.
    private func pause(for waiting: [Handover]) {
        var set = waiting.map { pair in
            pollfd(
                fd: pair.descriptor,
                events: Int16(POLLIN) | (pair.wantsToWrite ? Int16(POLLOUT) : 0), revents: 0)
        }
        switch socket {
        case .some(let socket):
            set.append(
                pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0))
        case .none: break
        }
        let isBusy = waiting.contains { $0.wantsToPass }
        _ = unsafe clinux_poll(&set, nfds_t(set.count), isBusy ? 1 : 20)
    }
}
