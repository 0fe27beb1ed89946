import Glibc
import Platform

/// The process between the launcher and the ranks, which sees to it that no process of a job
/// outlives the job.
///
/// Whoever may be killed, nothing is left behind:
///
/// - The *launcher* dies, even by SIGKILL: its end of the channel closes, and the warden kills the
///   process group of every rank, and then whatever else is left below itself. As a child subreaper
///   (`PR_SET_CHILD_SUBREAPER`) it inherits every process that lost its parent, also daemons that
///   left their process group and session, so "whatever else" is complete: its own children, round
///   after round, until the kernel says that there are none. No process id can be reused meanwhile,
///   because only the warden collects its children.
/// - The *warden* dies: the kernel kills every rank (`PR_SET_PDEATHSIG`), and the launcher, a
///   subreaper too, inherits the rest and ends it in the same way.
/// - *Both* die in the same instant: the ranks die by `PR_SET_PDEATHSIG`; processes that the ranks
///   had started are the init process's from then on. The warden is in a process group of its own,
///   so no signal to the launcher's group reaches both.
///
/// The warden decides nothing: it starts ranks, says in which order they end, and does what the
/// launcher says. It is a copy of the launcher (fork without exec), which has a single thread.
final class Warden {
    /// What is left of a rank for the warden to do.
    struct RankProcess {
        let rank: Int
        let identifier: Int32
        /// Becomes readable when the process ends. Events of several come in the order of the
        /// deaths, which SIGCHLD does not tell.
        let handle: Int32
    }

    private static let channelToken = UInt64.max
    private static let childToken = UInt64.max - 1

    private let channel: WardenChannel
    private let epoll: Epoll
    private let children: SignalDescriptor
    private var running: [RankProcess] = []
    private var strayCount = 0
    private var sweep: Sweep?

    private enum Sweep {
        case polite(until: Deadline)
        /// The launcher is told when nothing is left.
        case hard
        /// The launcher is dead: nobody is told.
        case orphaned
    }

    /// Runs the warden in a freshly forked process; never returns.
    static func run(_ spawns: [ProcessSpawn], channel: consuming FileDescriptor) -> Never {
        do {
            let warden = try Warden(starting: spawns, channel: channel)
            try warden.serve()
            _exit(0)
        } catch {
            Log.write(.error, "the warden failed: \(error)")
            // The ranks die with this process, by the death signal they were given.
            _exit(1)
        }
    }

    private init(starting spawns: [ProcessSpawn], channel: consuming FileDescriptor)
        throws(SystemError)
    {
        setpgid(0, 0)
        ChildProcesses.setOwnName("martlet-warden")
        try ChildProcesses.adoptOrphans()
        // Everything, so that nobody ends the warden by a signal meant for jobs.
        _ = try SignalSet(Array(1...64)).block()
        let early = WardenChannel(descriptor: channel)
        let started = Self.start(spawns, telling: early)
        self.channel = try Self.dropEverythingElse(keeping: early)
        epoll = try Epoll()
        children = try SignalDescriptor(SignalSet([SIGCHLD]))
        try epoll.watch(
            self.channel.descriptor.rawValue, for: .readable, token: Self.channelToken)
        try epoll.watch(children.descriptor.rawValue, for: .readable, token: Self.childToken)
        for (rank, identifier) in started {
            let handle = try Host.openProcess(identifier).release()
            running.append(RankProcess(rank: rank, identifier: identifier, handle: handle))
            try epoll.watch(handle, for: .readable, token: UInt64(identifier))
        }
    }

    /// Stops at the first rank that cannot be started: the launcher ends the others.
    private static func start(
        _ spawns: [ProcessSpawn], telling channel: borrowing WardenChannel
    ) -> [(rank: Int, identifier: Int32)] {
        var started: [(rank: Int, identifier: Int32)] = []
        for (rank, spawn) in spawns.enumerated() {
            do {
                let identifier = try spawn.start()
                started.append((rank, identifier))
                guard channel.send(.started(rank: rank, process: identifier)) else { break }
            } catch {
                channel.send(.refused(rank: rank, code: error.code, step: error.operation))
                break
            }
        }
        return started
    }

    /// Closes the launcher's descriptors, above all the ends of the pipes, and leaves its terminal.
    private static func dropEverythingElse(
        keeping channel: consuming WardenChannel
    ) throws(SystemError) -> WardenChannel {
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR).release()
        for stream in 0...2 { dup2(null, Int32(stream)) }
        let kept = dup2(channel.descriptor.rawValue, 3)
        FileDescriptor.closeAll(from: 4)
        // Its number may have been closed just now, or be 3 itself: either way nobody owns it.
        _ = channel.descriptor.release()
        return WardenChannel(descriptor: FileDescriptor(owning: kept))
    }
}

extension Warden {
    /// Until nothing is left and nobody asks any more.
    private func serve() throws(SystemError) {
        while true {
            for event in try epoll.ready(timeoutMilliseconds: sweepPause) {
                switch event.token {
                case Self.channelToken: try obey()
                case Self.childToken: while children.next() != nil {}
                default: collect(process: Int32(event.token))
                }
            }
            collectAnyone()
            guard continueSweep() else { return }
        }
    }

    /// While sweeping, children that were inherited since the last round are looked for again.
    private var sweepPause: Int32 { sweep == nil ? -1 : 20 }

    private func obey() throws(SystemError) {
        while true {
            switch channel.next() {
            case .nothing: return
            case .message(.signal(let number, let wholeGroup)): signal(number, wholeGroup)
            case .message(.sweep(isHard: true)): sweep = .hard
            case .message(.sweep(isHard: false)):
                sweep = .polite(until: Deadline(secondsFromNow: LaunchPlan.graceSeconds))
                collectAnyone()
                guard ChildProcesses.collect() != .none else { break }
                signalChildren(SIGTERM)
                signalChildren(SIGCONT)
            case .message, .closed:
                epoll.remove(channel.descriptor.rawValue)
                sweep = .orphaned
                return
            }
        }
    }

    private func signal(_ number: Int32, _ wholeGroup: Bool) {
        for process in running {
            let target = wholeGroup ? -process.identifier : process.identifier
            // A rank may have changed its user; then the signal is not ours to send.
            try? Signals.send(number, to: target)
        }
    }

    private func signalChildren(_ number: Int32) {
        for child in ChildProcesses.all() { try? Signals.send(number, to: child) }
    }

    private func collect(process identifier: Int32) {
        guard case .ended(_, let status) = ChildProcesses.collect(identifier) else { return }
        report(identifier, status)
    }

    private func collectAnyone() {
        while case .ended(let identifier, let status) = ChildProcesses.collect() {
            report(identifier, status)
        }
    }

    private func report(_ identifier: Int32, _ status: ProcessStatus) {
        guard let index = running.firstIndex(where: { $0.identifier == identifier }) else {
            if sweep != nil { strayCount += 1 }
            return
        }
        let process = running.remove(at: index)
        // Closing takes it out of the epoll set too: no copy of it exists.
        FileDescriptor.close(process.handle)
        channel.send(.ended(rank: process.rank, status))
    }

    /// One round; false when the warden's work is over.
    private func continueSweep() -> Bool {
        guard let sweep else { return true }
        if ChildProcesses.collect() == .none {
            self.sweep = nil
            if case .orphaned = sweep { return false }
            return channel.send(.empty(strayCount: strayCount))
        }
        if case .polite(let deadline) = sweep, !deadline.hasPassed { return true }
        signal(SIGKILL, true)
        signalChildren(SIGKILL)
        return true
    }
}
