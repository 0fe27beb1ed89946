import Platform
import SimulationSupport
import Synchronization

extension Simulate {
    /// What many seeds showed.
    struct Summary: Sendable {
        var runs: [String: Int] = [:]
        var failures: [String: Int] = [:]
        var calls = 0
        var events = 0
        var virtualNanoseconds: UInt64 = 0
        var bad: [SeedReport] = []

        mutating func add(_ report: SeedReport) {
            runs[report.fault, default: 0] += 1
            if report.hasFailure { failures[report.fault, default: 0] += 1 }
            calls += report.callCount * report.rankCount
            events += report.eventCount
            virtualNanoseconds += report.virtualNanoseconds
            if !report.violations.isEmpty { bad.append(report) }
        }

        mutating func add(_ other: Summary) {
            runs.merge(other.runs, uniquingKeysWith: +)
            failures.merge(other.failures, uniquingKeysWith: +)
            calls += other.calls
            events += other.events
            virtualNanoseconds += other.virtualNanoseconds
            bad += other.bad
        }
    }

    /// Runs seeds on some threads, which take them one by one.
    static func runMany(_ options: Options) -> Bool {
        let count = options.numbers["--seeds"] ?? 1000
        let first = options.numbers["--first"] ?? 1
        let threadCount = options.numbers["--threads"] ?? UInt64(Host.usableProcessorCount)
        let start = Clock.nowNanoseconds()
        let next = Atomic<UInt64>(first)
        let total = Mutex(Summary())
        let threads = (0..<threadCount).map { _ in
            Joinable {
                var summary = Summary()
                while true {
                    let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard seed < first + count else { break }
                    summary.add(Simulation.run(seed: seed))
                }
                let done = summary
                total.withLock { $0.add(done) }
            }
        }
        for thread in threads { thread.join() }
        let seconds = Double(Clock.nowNanoseconds() - start) / 1e9
        return show(total.withLock { $0 }, first: first, count: count, seconds: seconds)
    }

    private static func show(
        _ summary: Summary, first: UInt64, count: UInt64, seconds: Double
    ) -> Bool {
        print(
            "seeds \(first)...\(first + count - 1): \(tenths(seconds)) s,"
                + " \(summary.events) events, \(summary.calls) calls,"
                + " \(summary.virtualNanoseconds / 1_000_000_000) s of virtual time")
        print(pad("fault", 24) + pad("runs", 8) + "communicator failed in")
        for name in Fault.names {
            print(
                pad(name, 24) + pad("\(summary.runs[name] ?? 0)", 8)
                    + "\(summary.failures[name] ?? 0)")
        }
        for report in summary.bad.sorted(by: { $0.seed < $1.seed }).prefix(10) {
            print("\nseed \(report.seed) (\(report.rankCount) ranks, \(report.fault)):")
            for violation in report.violations.prefix(4) { print("  \(violation)") }
            print("  see it: scripts/simulate --seed \(report.seed) --trace")
        }
        print(
            summary.bad.isEmpty
                ? "no violation"
                : "\n\(summary.bad.count) seeds with violations, the first \(summary.bad.map(\.seed).min() ?? 0)"
        )
        return summary.bad.isEmpty
    }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func tenths(_ seconds: Double) -> String {
        "\(Int(seconds * 10) / 10).\(Int(seconds * 10) % 10)"
    }

    /// A thread in an array: `Thread` cannot be copied.
    private final class Joinable {
        private var thread: Thread?

        init(_ body: @escaping @Sendable () -> Void) {
            thread = try? Thread(name: "simulate") { body() }
        }

        func join() {
            if let thread = thread.take() { thread.join() }
        }
    }
}
