import Glibc
import Platform

/// What becomes of a job: pure decisions, made from what happened and when.
///
/// The first failure is named and ends the other ranks: SIGTERM at once, SIGKILL after a grace, so
/// that all are gone within two seconds. Its status is the status of the job.
struct Supervision {
    /// What the launcher has to do.
    enum Action: Equatable {
        case tell(WardenMessage)
        /// Read what this rank has still written before anything is said about its end.
        case drain(rank: Int)
        case say(String)
        /// Stop this process, as the terminal asked, until it is continued.
        case stopSelf
        /// No process is left, or none that could be ended.
        case finish
    }

    /// How long processes that were killed may take to be gone: the kernel ends none that waits
    /// for a device.
    static let abandonSeconds = 5.0

    private enum RankState: Equatable {
        /// Signals for it wait with the warden.
        case starting
        case running(Int32)
        case ended(ProcessStatus)
    }

    private enum Phase: Equatable {
        case running
        /// The ranks were asked to end.
        case ending(killAt: Deadline)
        case killed(abandonAt: Deadline)
        /// All ranks have ended, what they left is being ended.
        case sweeping(abandonAt: Deadline)
        case finished
    }

    private var ranks: [RankState]
    private var phase = Phase.running
    private var interruptions = 0
    private let timeout: Deadline
    private let timeoutText: String
    /// The status of the job, once something other than success is known.
    private var failureStatus: Int32?
    /// What to answer instead of success when output was lost.
    private var outputStatus: Int32 = 0

    init(rankCount: Int, timeoutSeconds: Double? = nil) {
        ranks = Array(repeating: .starting, count: rankCount)
        timeout = timeoutSeconds.map { Deadline(secondsFromNow: $0) } ?? .never
        timeoutText = timeoutSeconds?.plain ?? ""
    }

    var exitStatus: Int32 { failureStatus ?? outputStatus }

    /// When `passTime` wants to be called.
    var nextDeadline: Deadline {
        switch phase {
        case .running: timeout
        case .ending(let killAt): killAt
        case .killed(let abandonAt), .sweeping(let abandonAt): abandonAt
        case .finished: .never
        }
    }

    /// Processes to signal when the warden is dead.
    var runningProcesses: [Int32] {
        ranks.compactMap { if case .running(let process) = $0 { process } else { nil } }
    }
}

extension Supervision {
    mutating func receive(_ message: WardenMessage) -> [Action] {
        switch message {
        case .started(let rank, let process):
            ranks[rank] = .running(process)
            return []
        case .refused(let rank, let code, let step): return refuse(rank, code, step)
        case .ended(let rank, let status): return end(rank, status)
        case .empty(let strayCount): return finish(strayCount)
        case .signal, .sweep: return []
        }
    }

    private mutating func refuse(_ rank: Int, _ code: Int32, _ step: String) -> [Action] {
        // The warden starts no further rank: those count as ended.
        for index in ranks.indices where ranks[index] == .starting {
            ranks[index] = .ended(.exited(0))
        }
        let text = SystemError(code: code, operation: step).description
        failureStatus = failureStatus ?? (step != "execve" ? 1 : code == ENOENT ? 127 : 126)
        let others = unended.isEmpty ? "" : "; ending the other ranks"
        return [.say("rank \(rank) could not be started: \(text)\(others)")] + beginEnding()
            + sweepIfDone()
    }

    private mutating func end(_ rank: Int, _ status: ProcessStatus) -> [Action] {
        let process = if case .running(let process) = ranks[rank] { process } else { Int32(0) }
        ranks[rank] = .ended(status)
        guard !status.isSuccess, failureStatus == nil else { return sweepIfDone() }
        failureStatus = status.shellStatus
        let others = unended.isEmpty ? "" : "; ending the other ranks"
        let line = "rank \(rank) (pid \(process)) \(describe(status))\(others)"
        return [.drain(rank: rank), .say(line)] + beginEnding() + sweepIfDone()
    }

    private mutating func beginEnding() -> [Action] {
        guard phase == .running, !unended.isEmpty else { return [] }
        phase = .ending(killAt: Deadline(secondsFromNow: LaunchPlan.graceSeconds))
        // A stopped process sees SIGTERM only when it goes on.
        return [
            .tell(.signal(SIGTERM, wholeGroup: true)), .tell(.signal(SIGCONT, wholeGroup: true)),
        ]
    }

    private mutating func kill() -> [Action] {
        phase = .killed(abandonAt: Deadline(secondsFromNow: Self.abandonSeconds))
        return [.tell(.signal(SIGKILL, wholeGroup: true))]
    }

    private mutating func sweepIfDone() -> [Action] {
        guard unended.isEmpty else { return [] }
        phase = .sweeping(abandonAt: Deadline(secondsFromNow: Self.abandonSeconds))
        return [.tell(.sweep(isHard: failureStatus != nil))]
    }

    private mutating func finish(_ strayCount: Int) -> [Action] {
        phase = .finished
        guard strayCount > 0, failureStatus == nil else { return [.finish] }
        let noun = strayCount == 1 ? "a process" : "\(strayCount) processes"
        return [.say("ended \(noun) that the ranks had left behind"), .finish]
    }
}

extension Supervision {
    /// The time-out, the end of a grace, or processes that do not die.
    mutating func passTime() -> [Action] {
        guard nextDeadline.hasPassed else { return [] }
        switch phase {
        case .running:
            failureStatus = 124
            let line = "the job did not end within \(timeoutText) s; ending all ranks"
            return [.say(line)] + beginEnding()
        case .ending:
            let line =
                "\(names(of: unended)) did not end within "
                + "\(LaunchPlan.graceSeconds.plain) s of SIGTERM and will be killed"
            return [.say(line)] + kill()
        case .killed, .sweeping:
            let line = unended.isEmpty ? "processes that the ranks started" : names(of: unended)
            phase = .finished
            return [.say("\(line) did not end after SIGKILL; leaving that to the warden"), .finish]
        case .finished: return []
        }
    }

    private var unended: [Int] {
        ranks.indices.filter { if case .ended = ranks[$0] { false } else { true } }
    }

    /// A signal that reached the launcher.
    mutating func signalArrived(_ number: Int32) -> [Action] {
        switch number {
        case SIGINT:
            interruptions += 1
            if interruptions == 1 && phase == .running { break }
            failureStatus = failureStatus ?? 130
            return [.say("interrupted; killing all ranks")] + kill() + sweepIfDone()
        case SIGTSTP: return [.tell(.signal(SIGTSTP, wholeGroup: true)), .stopSelf]
        // Only the rank's own process: its helpers would die of them.
        case SIGUSR1, SIGUSR2: return [.tell(.signal(number, wholeGroup: false))]
        default: break
        }
        return [.tell(.signal(number, wholeGroup: true))]
    }

    /// Nobody reads standard output any more, as with `| head`.
    mutating func outputClosed() -> [Action] {
        guard failureStatus == nil, phase == .running else { return [] }
        failureStatus = 128 + SIGPIPE
        return [.say("nobody reads the standard output any more; ending all ranks")] + beginEnding()
    }

    /// What the ranks wrote could not be kept; they go on, but the job has not ended well.
    mutating func outputLost(_ stream: String, code: Int32) -> [Action] {
        outputStatus = 1
        let reason = SystemError.text(of: code)
        return [.say("cannot write \(stream): \(reason); what the ranks write there is lost")]
    }

    /// The warden is gone: the ranks die with it, and the launcher ends what they leave.
    mutating func wardenEnded(_ status: ProcessStatus) -> [Action] {
        phase = .finished
        failureStatus = failureStatus ?? (status.isSuccess ? 1 : status.shellStatus)
        return [.say("the warden process \(describe(status)); the ranks end with it"), .finish]
    }

    private func names(of ranks: [Int]) -> String {
        let shown = ranks.prefix(8).map(String.init).joined(separator: ", ")
        let more = ranks.count > 8 ? " and \(ranks.count - 8) more" : ""
        return ranks.count == 1 ? "rank \(shown)" : "ranks \(shown)\(more)"
    }
}

/// In the words that follow "rank 2 (pid 4711)".
func describe(_ status: ProcessStatus) -> String {
    guard let signal = status.signal else {
        return "exited with status \(status.exitCode ?? status.rawValue)"
    }
    let dumped = status.dumpedCore ? ", core dumped" : ""
    return "was killed by signal \(signal) (\(Signals.name(of: signal))\(dumped))"
}
