import Glibc
import Martlet
import Platform

/// Carries out the steps of a script.
struct Rank {
    var report = Report()
    var world: Communicator?
    /// Where calls go: the world, or the communicator of the last split.
    var current: Communicator?
    /// What was counted first, to which later counts settle.
    private var firstCount: Count?

    mutating func perform(_ step: ScriptStep) {
        switch step.verb {
        case "note": report.write("note", [("name", step["name"] ?? "")])
        case "await": awaitWord(step)
        case "count": count(step)
        case "join": join(step)
        case "fork": fork()
        case "split": split()
        case "call": call(step)
        case "abort": abort(step)
        case "leave": leave()
        case "latency": latency(step)
        case "cycle": cycle(step)
        // Without leaving: to the others, a death.
        case "exit": _exit(0)
        default: report.write("confusion", [("verb", step.verb)])
        }
    }

    /// Waits until the drill says that this rank may go on.
    private func awaitWord(_ step: ScriptStep) {
        report.write("waits", [("name", step["name"] ?? "")])
        var byte: UInt8 = 0
        _ = read(0, &byte, 1)
    }

    private mutating func join(_ step: ScriptStep) {
        var options = JoinOptions()
        options.meeting = step["meeting"].map { "file:\($0)" }
        let start = Clock.nowNanoseconds()
        do {
            world = try Communicator.join(options)
            current = world
            report.outcome("join", since: start, nil)
        } catch {
            report.outcome("join", since: start, error)
        }
    }

    /// A child that lives on with everything it inherited, and never execs.
    private func fork() {
        let child = (try? ChildProcesses.fork()) ?? -1
        if child == 0 {
            alarm(120)
            while true { pause() }
        }
        report.write("forked", [("process", "\(child)")])
    }

    private mutating func split() {
        guard let world else { return }
        let start = Clock.nowNanoseconds()
        do {
            current = try world.split(color: 0)
            report.outcome("split", since: start, nil)
        } catch {
            // What follows in the script means the communicator that there is none of.
            current = nil
            report.outcome("split", since: start, error)
        }
    }

    /// Aborts from another thread, after a while in which this one enters its next call.
    private func abort(_ step: ScriptStep) {
        guard let current else { return }
        let milliseconds = Int32(step.number("milliseconds", default: 50))
        let report = report
        let thread = try? Thread(name: "aborter") {
            Thread.sleep(milliseconds: milliseconds)
            report.write("aborts", [])
            current.abort("drill")
        }
        thread?.detach()
    }

    private mutating func leave() {
        guard let leaver = current else { return current = world }
        let start = Clock.nowNanoseconds()
        leaver.leave()
        report.outcome("leave", since: start, nil)
        if leaver === world { world = nil }
        current = world
    }

    private mutating func count(_ step: ScriptStep) {
        var count = Count.now
        let deadline = Deadline(secondsFromNow: 1)
        // What the kernel has not finished taking apart is no leak.
        while let firstCount, !count.isBack(to: firstCount), !deadline.hasPassed {
            Thread.sleep(milliseconds: 5)
            count = Count.now
        }
        if firstCount == nil { firstCount = count }
        report.write("count", count.fields)
    }

    /// Joins and leaves again and again, and says each time what the process holds.
    private mutating func cycle(_ step: ScriptStep) {
        for time in 0..<step.number("times", default: 50) {
            guard let meeting = step["meeting"],
                let again = ScriptStep("join:meeting=\(meeting)-\(time)")
            else { return }
            join(again)
            if let call = ScriptStep("call:count=2,quiet=1") { self.call(call) }
            leave()
            let count = Count.now
            report.write("cycle", [("time", "\(time)")] + count.fields)
        }
    }
}
