import Testing

@testable import MartletCLI

@Suite struct JobEnvironmentTests {
    private func text(_ entries: [[UInt8]]) -> [String] {
        entries.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `an outer job's variables do not reach an inner one`() {
        let outer = [
            "RANK=7", "MARTLET_LISTEN_FD=9", "HOME=/", "WORLD_SIZE=8", "RANKS=x",
            "MARTLET_RANK=3", "TORCHELASTIC_RESTART_COUNT=2",
        ]
        let environment = JobEnvironment(
            inherited: outer.map { Array($0.utf8) }, added: [], rankCount: 2, port: 4000,
            listener: 5, job: "j", secret: "s")
        let first = text(environment.entries(rank: 0))
        let second = text(environment.entries(rank: 1))
        let shared = [
            "HOME=/", "RANKS=x", "WORLD_SIZE=2", "LOCAL_WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1",
            "MASTER_PORT=4000", "MARTLET_JOB=j", "MARTLET_JOB_SECRET=s",
        ]
        #expect(first == shared + ["RANK=0", "LOCAL_RANK=0", "MARTLET_LISTEN_FD=5"])
        #expect(second == shared + ["RANK=1", "LOCAL_RANK=1"])
    }

    @Test func `an added variable replaces the inherited one and bytes stay bytes`() {
        let strange: [UInt8] = Array("B=".utf8) + [0xff, 0x80]
        let environment = JobEnvironment(
            inherited: [Array("A=old".utf8), strange], added: [Array("A=new".utf8)], rankCount: 1,
            port: 1, listener: 3)
        let entries = environment.entries(rank: 0)
        #expect(entries.contains(strange))
        #expect(text(entries).filter { $0.hasPrefix("A=") } == ["A=new"])
    }

    @Test func `every job has a secret of its own`() {
        let entries = (0..<2).map { _ in
            text(
                JobEnvironment(inherited: [], added: [], rankCount: 1, port: 1, listener: 3)
                    .entries(rank: 0))
        }
        let secrets = entries.map { $0.first { $0.hasPrefix("MARTLET_JOB_SECRET=") } ?? "" }
        #expect(secrets[0].utf8.count == "MARTLET_JOB_SECRET=".utf8.count + 64)
        #expect(secrets[0] != secrets[1])
    }
}
