import Glibc
import Platform

/// Runs a job: starts its ranks through a `Warden`, passes on what they write and what signals
/// come, and ends them all when one fails. One thread, one epoll set, never blocked by anybody.
final class Launcher {
    private static let channelToken: UInt64 = 100
    private static let signalToken: UInt64 = 101
    private static let inputToken: UInt64 = 102

    private let epoll: Epoll
    private let channel: WardenChannel
    private let signals: SignalDescriptor
    private let output: RankOutput
    private var input: InputPump?
    private let warden: Int32
    /// Children that the shell gave us by exec, which are none of our business.
    private let hadChildren: Bool
    private var supervision: Supervision
    /// No process of the job is left, only output.
    private var isFinishing = false
    /// Somebody wants us to end without the rest of the output.
    private var isHurried = false

    /// Runs the job to its end and answers its exit status.
    static func run(_ plan: LaunchPlan) throws -> Int32 {
        try Preparation.openStandardStreams()
        // A parent may have left it ignored; then the kernel would not tell how children end.
        Signals.reset(SIGCHLD)
        let hadChildren = ChildProcesses.collect() != .none
        let preparation = try Preparation(plan)
        let (own, wardens) = try DescriptorPair.messages()
        let warden = try ChildProcesses.fork()
        if warden == 0 {
            FileDescriptor.close(own)
            Warden.run(preparation.spawns, channel: FileDescriptor(owning: wardens))
        }
        FileDescriptor.close(wardens)
        preparation.closeHandedOver()
        let launcher = try Launcher(
            plan, preparation, channel: FileDescriptor(owning: own), warden, hadChildren)
        return try launcher.serve()
    }

    private init(
        _ plan: LaunchPlan, _ preparation: Preparation, channel: consuming FileDescriptor,
        _ warden: Int32, _ hadChildren: Bool
    ) throws {
        self.warden = warden
        self.hadChildren = hadChildren
        self.channel = WardenChannel(descriptor: channel)
        supervision = Supervision(
            rankCount: plan.rankCount, timeoutSeconds: plan.timeoutSeconds)
        // What the ranks or the reader of our output close must not end us.
        Signals.ignore(SIGPIPE)
        try ChildProcesses.adoptOrphans()
        epoll = try Epoll()
        signals = try SignalDescriptor(preparation.signals)
        output = try RankOutput()
        input = try preparation.inputWriter.map { writer throws(SystemError) in
            try InputPump(writer: FileDescriptor(owning: writer))
        }
        for reader in preparation.readers {
            try output.add(
                FileDescriptor(owning: reader.descriptor), rank: reader.rank,
                isError: reader.isError, marksLines: plan.marksLines)
        }
        try output.watch(in: epoll)
        try epoll.watch(
            self.channel.descriptor.rawValue, for: .readable, token: Self.channelToken)
        try epoll.watch(signals.descriptor.rawValue, for: .readable, token: Self.signalToken)
    }
}

extension Launcher {
    private func serve() throws -> Int32 {
        var isDone = false
        while !isDone && !isHurried {
            try input?.advance(epoll, token: Self.inputToken)
            for event in try epoll.ready(timeoutMilliseconds: pause) {
                switch event.token {
                case Self.channelToken: try listenToWarden()
                case Self.signalToken: try passSignalsOn()
                case ..<RankOutput.tokenLimit: try output.readable(token: event.token)
                default: break
                }
            }
            try perform(supervision.passTime())
            let hasRead = isFinishing && output.finish()
            try flush()
            isDone = hasRead && !output.isWaiting
        }
        return supervision.exitStatus
    }

    private var pause: Int32 {
        if isFinishing && !output.isWaiting { return 0 }
        let limit = input?.needsTime == true ? InputPump.backgroundMilliseconds : Int32.max
        let deadline = supervision.nextDeadline
        return deadline == .never && limit == .max ? -1 : min(limit, deadline.remainingMilliseconds)
    }

    private func perform(_ actions: [Supervision.Action]) throws {
        for action in actions {
            switch action {
            case .tell(let message): channel.send(message)
            case .drain(let rank): output.drain(rank: rank)
            case .say(let line): output.say(line)
            case .stopSelf:
                try flush()
                kill(getpid(), SIGSTOP)
            case .finish: isFinishing = true
            }
        }
    }

    private func listenToWarden() throws {
        while true {
            switch channel.next() {
            case .nothing: return
            case .message(let message): try perform(supervision.receive(message))
            case .closed:
                epoll.remove(channel.descriptor.rawValue)
                return try replaceWarden()
            }
        }
    }

    private func passSignalsOn() throws {
        while let number = signals.next() {
            if isFinishing, [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(number) {
                isHurried = true
            }
            try perform(supervision.signalArrived(number))
        }
    }

    private func flush() throws {
        for (sink, code) in try output.flush(in: epoll) {
            let isOutput = sink === output.standardOutput
            if code != EPIPE {
                let name = isOutput ? "standard output" : "standard error"
                try perform(supervision.outputLost(name, code: code))
            } else if isOutput {
                try perform(supervision.outputClosed())
            }
        }
    }
}

extension Launcher {
    /// The warden died. The kernel kills the ranks, and what they had started comes to us.
    private func replaceWarden() throws {
        guard case .ended(_, let status) = ChildProcesses.collect(warden, waits: true) else {
            return
        }
        let ranks = Set(supervision.runningProcesses)
        try perform(supervision.wardenEnded(status))
        let deadline = Deadline(secondsFromNow: Supervision.abandonSeconds)
        while !deadline.hasPassed {
            while case .ended = ChildProcesses.collect() {}
            let left = ChildProcesses.all().filter { !hadChildren || ranks.contains($0) }
            if left.isEmpty { return }
            for process in left {
                try? Signals.send(SIGKILL, to: -process)
                try? Signals.send(SIGKILL, to: process)
            }
            _ = poll(nil, 0, 5)
        }
    }
}
