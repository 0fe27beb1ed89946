import CLinux
import Glibc
import Platform
import Testing

@testable import Liveness

/// Two network namespaces with a wire between them; needs root and iproute2.
private final class TwoHosts {
    static let tool = "/sbin/ip"
    static var isPossible: Bool {
        guard geteuid() == 0, access(tool, X_OK) == 0 else { return false }
        return (try? TwoHosts()) != nil
    }

    let names: [String]
    let addresses = ["10.211.55.1", "10.211.55.2"]

    init() throws {
        let base = "mlt\(getpid())x\(UInt16.random(in: 0 ... .max))"
        names = ["\(base)a", "\(base)b"]
        do {
            for name in names { try Self.run("netns", "add", name) }
            try Self.run(
                "link", "add", "wire", "netns", names[0], "type", "veth", "peer", "name", "wire",
                "netns", names[1])
            for (name, address) in zip(names, addresses) {
                try Self.run("-n", name, "addr", "add", "\(address)/24", "dev", "wire")
                for device in ["wire", "lo"] {
                    try Self.run("-n", name, "link", "set", device, "up")
                }
            }
        } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    private func remove() {
        for name in names { try? Self.run("netns", "del", name) }
    }

    /// From now on each host sends to an address that nobody has.
    func cut() throws {
        for (name, other) in zip(names, addresses.reversed()) {
            try Self.run(
                "-n", name, "neigh", "replace", other, "lladdr", "02:00:00:00:00:99", "nud",
                "permanent", "dev", "wire")
        }
    }

    func prefix(_ host: Int) -> [String] { [Self.tool, "netns", "exec", names[host]] }

    private static func run(_ arguments: String...) throws {
        var list: [UnsafeMutablePointer<CChar>?] = ([tool] + arguments).map { strdup($0) } + [nil]
        defer { list.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var child: pid_t = 0
        try check(-posix_spawn(&child, tool, &actions, nil, &list, environ), "start \(tool)")
        var status: Int32 = 0
        waitpid(child, &status, 0)
        guard status == 0 else {
            throw SystemError(code: EIO, operation: "ip \(arguments.joined(separator: " "))")
        }
    }
}

extension LoopbackTests {
    @Suite(.enabled(if: TwoHosts.isPossible)) struct SilentNetworkTests {
        @Test func `each side of a silent network names the other's lowest rank`() throws {
            let hosts = try TwoHosts()
            let port = UInt16.random(in: 10_000..<20_000)
            let ranks = try (0..<6).map { rank in
                var variables = ProbeWorld.variables(
                    rank: rank, rankCount: 6, host: hosts.addresses[0], port: port)
                variables["PROBE_SILENCE_SECONDS"] = "1"
                return try ProbeRank(
                    rank: rank, variables: variables, prefix: hosts.prefix(rank / 3))
            }
            for rank in ranks { try rank.expect("ready") }
            let start = Clock.nowNanoseconds()
            try hosts.cut()
            var configuration = LivenessConfiguration()
            configuration.silenceSeconds = 1
            let worst = configuration.silentHostSeconds(neighbourCount: 5)
            for rank in ranks {
                let failure = try rank.failure()
                #expect(failure.culprit == (rank.rank < 3 ? 3 : 0), "\(failure)")
                #expect(failure.message.contains("nothing acknowledges"), "\(failure)")
                let taken = Double(failure.nanoseconds - start) / 1e9
                #expect(taken <= worst, "rank \(rank.rank) took \(taken) s")
            }
        }
    }
}
