import Glibc
import Platform
import Testing

@testable import MartletCLI

@Suite struct SupervisionTests {
    private func started(_ count: Int) -> Supervision {
        var supervision = Supervision(rankCount: count)
        for rank in 0..<count {
            _ = supervision.receive(.started(rank: rank, process: 100 + Int32(rank)))
        }
        return supervision
    }

    private func lines(_ actions: [Supervision.Action]) -> [String] {
        actions.compactMap { if case .say(let line) = $0 { line } else { nil } }
    }

    @Test func `a job whose ranks all succeed sweeps politely and answers 0`() {
        var job = started(2)
        #expect(job.receive(.ended(rank: 1, .exited(0))) == [])
        #expect(job.receive(.ended(rank: 0, .exited(0))) == [.tell(.sweep(isHard: false))])
        #expect(job.receive(.empty(strayCount: 0)) == [.finish])
        #expect(job.exitStatus == 0)
    }

    @Test func `only the first failure is named and decides the status`() {
        var job = started(3)
        let first = job.receive(.ended(rank: 2, .killed(bySignal: SIGSEGV)))
        #expect(
            first == [
                .drain(rank: 2),
                .say(
                    "rank 2 (pid 102) was killed by signal 11 (SIGSEGV); ending the other ranks"),
                .tell(.signal(SIGTERM, wholeGroup: true)),
                .tell(.signal(SIGCONT, wholeGroup: true)),
            ])
        #expect(job.receive(.ended(rank: 0, .exited(3))) == [])
        #expect(job.receive(.ended(rank: 1, .exited(0))) == [.tell(.sweep(isHard: true))])
        #expect(job.exitStatus == 128 + SIGSEGV)
    }

    @Test func `the last rank's failure ends nobody else`() {
        var job = started(1)
        let actions = job.receive(.ended(rank: 0, .exited(9)))
        #expect(lines(actions) == ["rank 0 (pid 100) exited with status 9"])
        #expect(actions.last == .tell(.sweep(isHard: true)))
        #expect(job.exitStatus == 9)
    }

    @Test func `a rank that cannot be started ends those that run`() {
        var job = Supervision(rankCount: 3)
        _ = job.receive(.started(rank: 0, process: 100))
        let actions = job.receive(.refused(rank: 1, code: EAGAIN, step: "vfork"))
        #expect(lines(actions).count == 1)
        #expect(lines(actions)[0].hasPrefix("rank 1 could not be started: vfork: "))
        #expect(job.receive(.ended(rank: 0, .killed(bySignal: SIGTERM))).count == 1)
        #expect(job.exitStatus == 1)
    }

    @Test(arguments: zip([ENOENT, EACCES, ENOEXEC], [127, 126, 126] as [Int32]))
    func `a program that cannot be executed gives a shell's status`(code: Int32, status: Int32) {
        var job = Supervision(rankCount: 2)
        _ = job.receive(.refused(rank: 0, code: code, step: "execve"))
        #expect(job.exitStatus == status)
    }

    @Test func `output that closes before the warden has told of any rank ends the job`() {
        var job = Supervision(rankCount: 2)
        #expect(job.outputClosed().contains(.tell(.signal(SIGTERM, wholeGroup: true))))
        for rank in 0..<2 {
            _ = job.receive(.started(rank: rank, process: 100 + Int32(rank)))
            _ = job.receive(.ended(rank: rank, .killed(bySignal: SIGTERM)))
        }
        #expect(job.exitStatus == 128 + SIGPIPE)
    }

    @Test func `the first interruption is passed on, the second kills`() {
        var job = started(2)
        #expect(job.signalArrived(SIGINT) == [.tell(.signal(SIGINT, wholeGroup: true))])
        let second = job.signalArrived(SIGINT)
        #expect(second.contains(.tell(.signal(SIGKILL, wholeGroup: true))))
        #expect(job.exitStatus == 130)
    }

    @Test func `an interruption while ranks are being ended kills them`() {
        var job = started(2)
        _ = job.receive(.ended(rank: 0, .exited(5)))
        let actions = job.signalArrived(SIGINT)
        #expect(actions.contains(.tell(.signal(SIGKILL, wholeGroup: true))))
        #expect(job.exitStatus == 5)
    }

    @Test func `user signals go to the ranks alone and others to their groups`() {
        var job = started(1)
        #expect(job.signalArrived(SIGUSR1) == [.tell(.signal(SIGUSR1, wholeGroup: false))])
        #expect(job.signalArrived(SIGWINCH) == [.tell(.signal(SIGWINCH, wholeGroup: true))])
        #expect(job.signalArrived(SIGTSTP).last == .stopSelf)
    }

    @Test func `lost output makes a good job end badly and hides no failure`() {
        var good = started(1)
        _ = good.outputLost("standard output", code: ENOSPC)
        _ = good.receive(.ended(rank: 0, .exited(0)))
        #expect(good.exitStatus == 1)
        var bad = started(1)
        _ = bad.outputLost("standard output", code: ENOSPC)
        #expect(lines(bad.receive(.ended(rank: 0, .exited(4)))).count == 1)
        #expect(bad.exitStatus == 4)
    }

    @Test(arguments: [
        WardenMessage.started(rank: 4095, process: 4_194_303), .ended(rank: 7, .exited(255)),
        .refused(rank: 1, code: 13, step: "execve"), .empty(strayCount: 3),
        .signal(SIGTERM, wholeGroup: true), .signal(SIGUSR1, wholeGroup: false),
        .sweep(isHard: true), .sweep(isHard: false),
    ])
    func `messages survive the way to the warden`(message: WardenMessage) {
        #expect(message.bytes.count <= WardenMessage.byteCountLimit)
        #expect(WardenMessage(message.bytes) == message)
    }

    @Test func `bytes that are no message are refused`() {
        #expect(WardenMessage([]) == nil)
        #expect(WardenMessage([UInt8](repeating: 0, count: 12)) == nil)
    }
}
