import Glibc
import Platform

/// Ranks as real processes: what they are told to do, what they say, and how they end.
///
/// Used by one thread; the ranks end with it at the latest.
final class Job {
    let rankCount: Int
    private let environment: [String: String]
    private let meeting: String
    private var processes: [Int: Int32] = [:]
    private var statuses: [Int: ProcessStatus] = [:]
    /// What each rank writes into; closed here once the rank has it.
    private var outputs: [Int: Int32] = [:]
    private var inputs: [Int: Int32] = [:]
    private let conversation: Monitor<Conversation>
    private let listener: Listener

    struct Conversation {
        var events: [Event] = []
    }

    init(rankCount: Int, environment: [String: String] = [:]) throws {
        self.rankCount = rankCount
        meeting = "/tmp/martlet-drill-\(Host.processIdentifier)-\(UInt64.random(in: 0 ... .max))"
        let own = [
            "MARTLET_RANK_COUNT": "\(rankCount)", "MARTLET_MEETING": "file:\(meeting)",
            "MARTLET_JOB": "drill-\(UInt32.random(in: 0 ... .max))", "MARTLET_LOG": "debug",
            // A runtime that explains a crash holds pipes open for long.
            "SWIFT_BACKTRACE": "enable=no",
        ]
        self.environment = own.merging(environment) { $1 }
        conversation = Monitor(Conversation())
        var readers: [Int32] = []
        for rank in 0..<rankCount {
            let (reader, writer) = try DescriptorPair.pipe()
            readers.append(reader)
            outputs[rank] = writer
        }
        listener = try Listener(readers, conversation)
    }

    deinit { end() }

    /// Starts a rank with its script.
    func start(_ rank: Int, _ script: [String]) throws {
        guard let output = outputs[rank] else { return }
        let (reader, writer) = try DescriptorPair.pipe()
        let program = Self.program
        var variables = environment
        variables["MARTLET_RANK"] = "\(rank)"
        let spawn = ProcessSpawn(
            path: Array(program.utf8), arguments: ([program] + script).map { Array($0.utf8) },
            environment: Host.environmentEntries + variables.map { Array("\($0)=\($1)".utf8) },
            standardInput: reader, standardOutput: output, standardError: output,
            signalMask: SignalSet([]), descriptorLimit: try DescriptorLimit.current())
        processes[rank] = try spawn.start()
        FileDescriptor.close(reader)
        FileDescriptor.close(output)
        outputs[rank] = nil
        inputs[rank] = writer
    }

    /// Starts all ranks but those that come later, or never.
    func start(except late: Set<Int> = [], _ script: (Int) -> [String]) throws {
        for rank in 0..<rankCount where !late.contains(rank) { try start(rank, script(rank)) }
    }

    func process(of rank: Int) -> Int32? { processes[rank] }

    /// Sends a signal; answers the moment just before.
    func signal(_ number: Int32, to rank: Int) -> UInt64 {
        let moment = Clock.nowNanoseconds()
        if let process = processes[rank], statuses[rank] == nil { kill(process, number) }
        return moment
    }

    /// Lets a rank go on that waits for a word.
    func proceed(_ rank: Int) {
        guard let input = inputs[rank] else { return }
        _ = [UInt8(ascii: "\n")].withUnsafeBytes { FileDescriptor.write(input, $0) }
    }

    private static var program: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let folder = String(terminated: buffer).split(separator: "/").dropLast()
        return "/\(folder.joined(separator: "/"))/DrillRank"
    }
}

// MARK: - What ranks say

extension Job {
    var events: [Event] { conversation.update { $0.events } }

    func events(of rank: Int) -> [Event] { events.filter { $0.rank == rank } }

    /// The first event that fits, which may have been said already; nil at the deadline.
    func event(
        of rank: Int, withinSeconds seconds: Double = 20, where fits: (Event) -> Bool
    ) -> Event? {
        conversation.wait(until: Deadline(secondsFromNow: seconds)) { conversation in
            conversation.events.first { $0.rank == rank && fits($0) }
        }
    }

    /// The same, where the drill cannot go on without.
    func require(
        of rank: Int, _ what: String, withinSeconds seconds: Double = 20,
        where fits: (Event) -> Bool
    ) throws(Interruption) -> Event {
        guard let event = event(of: rank, withinSeconds: seconds, where: fits) else {
            throw Interruption(what: "rank \(rank) never came to: \(what)")
        }
        return event
    }

    /// Why a drill could not be carried out.
    struct Interruption: Error, CustomStringConvertible {
        let what: String
        package var description: String { what }
    }
}

// MARK: - The end

extension Job {
    /// Waits for the ends of these ranks, and for all they said; answers who still runs.
    func finish(_ ranks: [Int], withinSeconds seconds: Double = 20) -> [Int] {
        let deadline = Deadline(secondsFromNow: seconds)
        var waiting = ranks.filter { processes[$0] != nil && statuses[$0] == nil }
        while !waiting.isEmpty && !deadline.hasPassed {
            for rank in waiting { collect(rank, waits: false) }
            waiting.removeAll { statuses[$0] != nil }
            if !waiting.isEmpty { Thread.sleep(milliseconds: 2) }
        }
        // The last line of a rank that ended is in the pipe by now.
        for rank in ranks where statuses[rank]?.isSuccess == true {
            _ = event(of: rank, withinSeconds: 2) { $0.name == "end" }
        }
        return waiting
    }

    /// How a rank ended, nil while it runs.
    func status(of rank: Int) -> ProcessStatus? { statuses[rank] }

    private func collect(_ rank: Int, waits: Bool) {
        guard let process = processes[rank], statuses[rank] == nil else { return }
        if case .ended(_, let status) = ChildProcesses.collect(process, waits: waits) {
            statuses[rank] = status
        }
    }

    /// Ends everything that this job started.
    private func end() {
        for (rank, process) in processes where statuses[rank] == nil {
            kill(process, SIGKILL)
            collect(rank, waits: true)
        }
        for event in events where event.name == "forked" {
            if let child = event.number("process"), child > 0 { kill(Int32(child), SIGKILL) }
        }
        for descriptor in Array(outputs.values) + inputs.values {
            FileDescriptor.close(descriptor)
        }
        listener.join()
        FileDescriptor.remove(meeting)
    }
}
