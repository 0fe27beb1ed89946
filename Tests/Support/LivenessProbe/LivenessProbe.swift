import Bootstrap
import CLinux
import Liveness
import Platform

/// One rank of a world that only watches over itself; for tests that kill, stop and starve it.
///
/// Joins as the environment says, then obeys the lines on standard input and answers on standard
/// output, one line each. The communicator of all ranks has the identifier 1.
@main struct LivenessProbe {
    static let communicator: UInt64 = 1

    static func main() {
        do throws(BootstrapError) { try run() } catch { fail("\(error)") }
    }

    private static func run() throws(BootstrapError) {
        var membership: Membership? = try Meeting.join(try .fromEnvironment())
        let rankCount = membership?.rankCount ?? 0
        // Ends between the meeting and the first liveness connection.
        if Host.environment("PROBE_ENDS_AFTER_MEETING") != nil { Host.exit(0) }
        let before = "descriptors \(Host.openDescriptorCount) threads \(threadCount)"
        var configuration = LivenessConfiguration()
        if let text = Host.environment("PROBE_SILENCE_SECONDS"), let seconds = Double(text) {
            configuration.silenceSeconds = seconds
        }
        guard let wake = try? EventDescriptor() else { fail("no event descriptor") }
        let status = CommunicatorStatus(wake: wake)
        var service = membership.map {
            LivenessService(membership: $0, configuration: configuration)
        }
        service?.register(
            communicator: communicator, memberWorldRanks: Array(0..<rankCount),
            status: status)
        try service?.start(deadline: Deadline(secondsFromNow: 30))
        report(status, exits: Host.environment("PROBE_EXITS") != nil)
        say("ready")
        while let line = readLine() {
            let words = line.split(separator: " ")
            if words.first == "leave" {
                service?.unregister(communicator: communicator)
                service?.leave(deadline: Deadline(secondsFromNow: 5))
                service = nil
                membership = nil
                say("left")
            } else if words.first == "before" {
                say(before)
            } else if let service {
                obey(words, service, status)
            } else if words.first == "after" {
                say("descriptors \(Host.openDescriptorCount) threads \(threadCount)")
            }
        }
    }

    private static func obey(
        _ words: [Substring], _ service: LivenessService, _ status: CommunicatorStatus
    ) {
        let number = words.count > 1 ? UInt64(words[1]) ?? 0 : 0
        switch words.first {
        case "enter": status.enter(number, header: HeaderWords(number, 0, 0, 0))
        case "complete": status.complete(number)
        case "inquest":
            service.inquest(communicator: communicator, sequence: number, heard: [])
        case "suspect":
            service.suspect(communicator: communicator, rank: Int(number), errorNumber: ECONNRESET)
        case "abort":
            service.abort(
                communicator: communicator, cause: AbortCause(code: .aborted, message: "enough"))
        case "fork": forkIdleChild()
        case "spin": for _ in 0..<number { spin() }
        case "summary": for line in service.summary { say(line) }
        default: fail("unknown command \(words)")
        }
        say("ok")
    }

    /// Says when and why the communicator fails; the process may exit at once behind it, as a
    /// program does that cannot go on.
    private static func report(_ status: CommunicatorStatus, exits: Bool) {
        let reporter = try? Thread(name: "reporter") {
            while !status.isAborted {
                _ = try? StreamSocket.wait(
                    status.wakeDescriptor, for: Int32(POLLIN), until: .never)
            }
            let now = Clock.nowNanoseconds()
            guard let cause = status.cause else { return }
            let culprit = cause.culprit.map { "\($0)" } ?? "none"
            say("failed \(now) \(cause.code) \(culprit) \(cause.message)")
            if exits { Host.exit(0) }
        }
        reporter?.detach()
    }

    private static func forkIdleChild() {
        let child = clinux_fork()
        if child == 0 {
            // Ends with the test, whatever becomes of the parent.
            clinux_close(STDOUT_FILENO)
            var byte: UInt8 = 0
            while unsafe clinux_read(STDIN_FILENO, &byte, 1) > 0 {}
            Host.exit(0)
        }
        say("child \(child)")
    }

    private static func spin() {
        let spinner = try? Thread(name: "spinner") { while true { clinux_pause() } }
        spinner?.detach()
    }

    private static var threadCount: Int {
        let bytes = (try? FileDescriptor.contents(of: "/proc/self/status")) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("Threads:") }
        return line?.split(separator: "\t").last.flatMap { Int($0) } ?? -1
    }

    private static func say(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        unsafe bytes.withUnsafeBytes { bytes in
            _ = unsafe clinux_write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    private static func fail(_ text: String) -> Never {
        say("error \(text)")
        Host.exit(1)
    }
}
