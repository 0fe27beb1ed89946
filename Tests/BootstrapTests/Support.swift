import Glibc
import Platform
import Testing

@testable import Bootstrap

let secret = [UInt8](repeating: 0x5a, count: 32)
let loopback = SocketAddress(digits: "127.0.0.1", port: 0)

/// Credentials of the job that most tests are of.
func credentials(
    job: String = "test", secret: [UInt8]? = secret
) throws -> Credentials {
    try Credentials(job: job, secret: secret)
}

/// A doorkeeper on loopback, run by a thread of its own until `stop`.
final class RunningDoorkeeper: Sendable {
    struct State {
        var arrivals: [Arrival] = []
        var guestCount = 0
        var refusalCount = 0
        var isStopped = false
        var hasEnded = false
    }

    let address: SocketAddress
    let state = Monitor(State())

    init(credentials: Credentials, policy: AdmissionPolicy) throws {
        let doorkeeper = try Doorkeeper(
            listeningOn: #require(loopback), credentials: credentials, policy: policy)
        address = doorkeeper.address
        let state = state
        let thread = try Thread(name: "doorkeeper") {
            Self.run(doorkeeper, state)
        }
        thread.detach()
    }

    private static func run(_ doorkeeper: Doorkeeper, _ state: Monitor<State>) {
        while !state.update({ $0.isStopped }) {
            let arrivals = doorkeeper.progress()
            let guestCount = doorkeeper.guests.count
            let refusalCount = doorkeeper.refusalCount
            state.update {
                $0.arrivals += arrivals
                $0.refusalCount = refusalCount
                $0.guestCount = guestCount
            }
            let milliseconds = min(10, doorkeeper.nextDeadline.remainingMilliseconds)
            _ = try? StreamSocket.wait(
                doorkeeper.pollDescriptor, forReadingMilliseconds: milliseconds)
        }
        state.update { $0.hasEnded = true }
    }

    /// The next arrival, nil when none comes within ten seconds.
    func nextArrival() -> Arrival? {
        state.wait(until: Deadline(secondsFromNow: 10)) {
            $0.arrivals.isEmpty ? nil : $0.arrivals.removeFirst()
        }
    }

    func stop() {
        state.update { $0.isStopped = true }
        _ = state.wait(until: Deadline(secondsFromNow: 10)) { $0.hasEnded ? true : nil }
    }
}

/// Waits until `condition` holds; false when it does not within `seconds`.
func eventually(within seconds: Double = 10, _ condition: () -> Bool) -> Bool {
    let deadline = Deadline(secondsFromNow: seconds)
    let bell = Monitor(0)
    while !condition() {
        guard !deadline.hasPassed else { return false }
        _ = bell.wait(until: Deadline(secondsFromNow: 0.005)) { _ in nil as Int? }
    }
    return true
}

extension Purpose {
    static func data(from: Int, to: Int) -> Purpose {
        Purpose(.data, communicator: 7, epoch: 3, fromRank: from, toRank: to, index: 2)
    }
}

/// Runs `body` with a lower limit of descriptors for the whole process.
func withDescriptorLimit(_ limit: Int, _ body: () throws -> Void) throws {
    let before = try DescriptorLimit.current()
    try before.apply(count: min(UInt64(limit), before.count))
    defer { try? before.apply(count: before.count) }
    try body()
}

extension Connector {
    /// Connects and shakes hands; blocks until it stands, is refused, or the deadline passes.
    static func connect(
        to address: SocketAddress, purpose: Purpose, credentials: Credentials,
        from source: SocketAddress? = nil, deadline: Deadline
    ) throws(BootstrapError) -> FileDescriptor {
        let target = Target(address: address, purpose: purpose, source: source)
        let arrivals = try connectAll([target], credentials: credentials, deadline: deadline)
        guard let socket = arrivals.first?.take() else {
            throw BootstrapError(.system, "the connection got lost", phase: .connecting)
        }
        return socket
    }
}

/// The body of a test in a process of its own. An error that leaves such a process ends it by a
/// signal and without a word; an issue is told to the parent.
func recordingErrors(_ body: () throws -> Void) {
    do {
        try body()
    } catch {
        Issue.record(error)
    }
}
