import Glibc
import Platform
import TestSupport
import Testing

@testable import Bootstrap

@Suite struct ConfigurationTests {
    private static let torchrun = [
        "RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "10.0.0.1",
        "MASTER_PORT": "29500",
    ]

    private func read(_ extra: [String: String]) throws -> JoinConfiguration {
        try .fromEnvironment(Environment(Self.torchrun.merging(extra) { $1 }))
    }

    @Test func `torchrun's variables are enough`() throws {
        let configuration = try read([:])
        #expect(configuration.rank == 3)
        #expect(configuration.rankCount == 8)
        #expect(configuration.localRank == 1)
        #expect(configuration.place == .address(host: "10.0.0.1", port: 29_500))
        #expect(configuration.timeoutSeconds == 30)
        #expect(configuration.epoch == 0)
        #expect(configuration.credentials.job == "default")
        #expect(configuration.credentials.secret == nil)
    }

    @Test func `our own variables win`() throws {
        let configuration = try read([
            "MARTLET_RANK": "4", "MARTLET_RANK_COUNT": "16", "MARTLET_MEETING": "[fd00::1]:4000",
            "MARTLET_TIMEOUT_SECONDS": "2.5", "MARTLET_JOB": "j", "TORCHELASTIC_RUN_ID": "t",
            "MARTLET_JOB_SECRET": String(repeating: "aB", count: 16), "MARTLET_EPOCH": "6",
            "TORCHELASTIC_RESTART_COUNT": "2", "MARTLET_INTERFACE": "10.0.0.0/8",
        ])
        #expect(configuration.rank == 4)
        #expect(configuration.rankCount == 16)
        #expect(configuration.place == .address(host: "fd00::1", port: 4000))
        #expect(configuration.timeoutSeconds == 2.5)
        #expect(configuration.credentials.job == "j")
        #expect(configuration.credentials.secret == [UInt8](repeating: 0xab, count: 16))
        #expect(configuration.epoch == 6)
        #expect(configuration.interface?.text == "10.0.0.0/8")
    }

    @Test func `a process without any variable is alone`() throws {
        let configuration = try JoinConfiguration.fromEnvironment(Environment([:]))
        #expect(configuration.rank == 0)
        #expect(configuration.rankCount == 1)
        let membership = try Meeting.join(configuration)
        #expect(membership.roster.count == 1)
        #expect(membership.isSameHost(0, 0))
    }

    @Test func `torchrun's own store keeps its port`() throws {
        let configuration = try read(["TORCHELASTIC_USE_AGENT_STORE": "True"])
        #expect(configuration.place == .address(host: "10.0.0.1", port: 29_501))
    }

    @Test(arguments: [
        ("RANK", "eight"), ("RANK", "-1"), ("RANK", "8"), ("WORLD_SIZE", "0"),
        ("WORLD_SIZE", "1000000"), ("LOCAL_RANK", "x"), ("MASTER_PORT", "0"),
        ("MASTER_PORT", "65536"), ("MARTLET_MEETING", "host"), ("MARTLET_MEETING", "host:0"),
        ("MARTLET_MEETING", "file:relative"), ("MARTLET_MEETING", "::1:80"),
        ("MARTLET_TIMEOUT_SECONDS", "0"), ("MARTLET_TIMEOUT_SECONDS", "soon"),
        ("MARTLET_TIMEOUT_SECONDS", "nan"), ("MARTLET_INTERFACE", "10.0.0.0/33"),
        ("MARTLET_LISTEN_FD", "1"), ("MARTLET_EPOCH", "-1"),
        ("MARTLET_ALLOW_UNAUTHENTICATED", "maybe"), ("TORCHELASTIC_USE_AGENT_STORE", "2"),
        ("MARTLET_JOB", String(repeating: "j", count: 65)), ("MARTLET_JOB", "a\u{1b}b"),
        ("MARTLET_LOG", "loud"),
    ])
    func `a wrong value is named with its variable and what was expected`(
        name: String, value: String
    ) throws {
        let error = #expect(throws: BootstrapError.self) { _ = try read([name: value]) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(name) == true)
        #expect(error?.message.contains("'\(value.printable)'") == true)
        #expect(error?.message.contains("expected") == true)
    }

    @Test func `half a configuration is named`() throws {
        for (removed, named) in [
            ("RANK", "MARTLET_RANK nor RANK"), ("WORLD_SIZE", "MARTLET_RANK_COUNT nor WORLD_SIZE"),
            ("MASTER_PORT", "MASTER_PORT"), ("MASTER_ADDR", "where to meet"),
        ] {
            var variables = Self.torchrun
            variables[removed] = nil
            let error = #expect(throws: BootstrapError.self) {
                _ = try JoinConfiguration.fromEnvironment(Environment(variables))
            }
            #expect(error?.message.contains(named) == true)
        }
    }

    @Test func `a wrong secret is never repeated in the error`() throws {
        for secret in [
            "tooshort", String(repeating: "zz", count: 20), String(repeating: "a", count: 33),
        ] {
            let error = #expect(throws: BootstrapError.self) {
                _ = try read(["MARTLET_JOB_SECRET": secret])
            }
            #expect(error?.message.contains("MARTLET_JOB_SECRET") == true)
            #expect(error?.description.contains(secret) == false)
        }
        let good = String(repeating: "ab", count: 16)
        let credentials = try read(["MARTLET_JOB_SECRET": good]).credentials
        for text in [
            "\(credentials)", String(reflecting: credentials),
            "\(Mirror(reflecting: credentials).children.map { "\($0)" })",
        ] {
            #expect(!text.contains("171") && !text.contains("abab"))
        }
    }

    @Test func `a secret file that others may read is refused`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let path = "\(directory)/secret"
        let text = String(repeating: "c3", count: 32)
        try FileDescriptor.replaceContents(
            of: path, with: Array("\(text)\n".utf8), mode: 0o600)
        let credentials = try read(["MARTLET_JOB_SECRET_FILE": path]).credentials
        #expect(credentials.secret == [UInt8](repeating: 0xc3, count: 32))
        for mode in [0o640, 0o604, 0o660] as [mode_t] {
            #expect(chmod(path, mode) == 0)
            let error = #expect(throws: BootstrapError.self) {
                _ = try read(["MARTLET_JOB_SECRET_FILE": path])
            }
            #expect(error?.remedy?.contains("chmod 600") == true)
        }
        #expect(throws: BootstrapError.self) {
            _ = try read(["MARTLET_JOB_SECRET_FILE": "\(directory)/none"])
        }
        #expect(throws: BootstrapError.self) {
            _ = try read(["MARTLET_JOB_SECRET_FILE": directory])
        }
    }

    @Test func `a meeting file is believed only whole`() throws {
        let endpoints = [
            SocketAddress(digits: "10.0.0.1", port: 4000),
            SocketAddress(digits: "fd00::1", port: 5),
        ].compactMap { $0 }
        let file = MeetingFile(token: 0xabc, endpoints: endpoints)
        #expect(MeetingFile(text: file.text) == file)
        for text in [
            "", "x", "martlet meeting 1\n", "martlet meeting 1\ntoken zz\nendpoint 1.2.3.4:5",
        ] {
            #expect(MeetingFile(text: text) == nil)
        }
    }

    @Test func `an old meeting file of somebody else is not removed`() throws {
        let folder = try TemporaryDirectory()
        let directory = folder.path
        let path = "\(directory)/meeting"
        let endpoint = try #require(SocketAddress(digits: "10.0.0.1", port: 1))
        let ours = MeetingFile(token: 1, endpoints: [endpoint])
        let theirs = MeetingFile(token: 2, endpoints: [endpoint])
        try theirs.write(path)
        ours.remove(path)
        #expect(try MeetingFile.read(path) == theirs)
        theirs.remove(path)
        #expect(try MeetingFile.read(path) == nil)
    }

    @Test func `an interface is chosen by name or by network`() throws {
        for text in ["lo", "127.0.0.0/8", "127.0.0.1/32"] {
            let choice = try #require(InterfaceChoice(text))
            #expect(try choice.address(likeFamilyOf: loopback).host == "127.0.0.1")
        }
        for text in ["nosuch0", "198.51.100.0/24"] {
            let choice = try #require(InterfaceChoice(text))
            let error = #expect(throws: BootstrapError.self) {
                _ = try choice.address(likeFamilyOf: loopback)
            }
            #expect(error?.message.contains("lo 127.0.0.1") == true)
        }
        for text in ["", "10.0.0.0/", "10.0.0.0/33", "x/8", "a/b/c"] {
            #expect(InterfaceChoice(text) == nil)
        }
    }

    @Test func `many ranks are named as ranges`() {
        #expect(RankList.text([2, 0, 1]) == "0, 1, 2")
        #expect(RankList.text([0, 1, 2, 3, 5]) == "0-3, 5")
        #expect(RankList.named([7]) == "rank 7")
        #expect(RankList.text(stride(from: 0, to: 200, by: 2).map { $0 }).hasSuffix(", ..."))
    }

    @Test func `every rank but 0 has a parent that counts it among its children`() {
        for rankCount in [1, 2, 8, 9, 10, 73, 74, 600] {
            var found: [Int] = []
            for rank in 0..<rankCount {
                for child in MeetingTree.children(of: rank, rankCount: rankCount) {
                    #expect(MeetingTree.parent(of: child) == rank)
                    found.append(child)
                }
            }
            #expect(found.sorted() == Array(1..<rankCount))
        }
        var depth = 0
        var rank = 511
        while let parent = MeetingTree.parent(of: rank) { (rank, depth) = (parent, depth + 1) }
        #expect(depth == 3)
    }
}
