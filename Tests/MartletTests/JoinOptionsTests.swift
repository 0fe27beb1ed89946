import Bootstrap
import Platform
import Testing

@testable import Martlet

@Suite struct JoinOptionsTests {
    /// What joining alone with changed options is refused with.
    private func refusal(_ change: (inout JoinOptions) -> Void) -> CollectiveError? {
        var options = JoinOptions.alone
        change(&options)
        do {
            try Communicator.join(options).leave()
            return nil
        } catch {
            return error
        }
    }

    private func expectRefusal(
        naming name: String, value: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout JoinOptions) -> Void
    ) {
        let error = refusal(change)
        #expect(error?.code == .invalidArgument, sourceLocation: sourceLocation)
        #expect(error?.phase == .joining, sourceLocation: sourceLocation)
        #expect(
            error?.message.hasPrefix("the option \(name) is '\(value)', expected") == true,
            "\(error?.message ?? "no error")", sourceLocation: sourceLocation)
        #expect(error?.message.contains("MARTLET_") == false, sourceLocation: sourceLocation)
    }

    @Test(arguments: [-1, 0, .nan, .infinity, -.infinity, 1e9])
    func `a time that cannot be meant is named as the option it is`(seconds: Double) {
        expectRefusal(naming: "timeoutSeconds", value: "\(seconds)") {
            $0.timeoutSeconds = seconds
        }
        expectRefusal(naming: "operationTimeoutSeconds", value: "\(seconds)") {
            $0.operationTimeoutSeconds = seconds
        }
    }

    @Test func `an epoch is a count`() {
        expectRefusal(naming: "epoch", value: "-1") { $0.epoch = -1 }
        expectRefusal(naming: "epoch", value: "4294967296") { $0.epoch = 1 << 32 }
    }

    @Test func `a rank is one of so many`() {
        expectRefusal(naming: "rank", value: "-1") { $0.rank = -1 }
        expectRefusal(naming: "rank", value: "1") { $0.rank = 1 }
        expectRefusal(naming: "rankCount", value: "0") { $0.rankCount = 0 }
        expectRefusal(naming: "rankCount", value: "65537") { $0.rankCount = 65_537 }
    }

    @Test func `a secret is long enough and is not repeated`() {
        let error = refusal { $0.secret = [201, 202, 203, 204, 205] }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("16 to 1024 bytes, not 5") == true)
        #expect(error?.message.contains("203") == false)
        #expect(refusal { $0.secret = [] }?.code == .invalidArgument)
        #expect(refusal { $0.secret = [UInt8](repeating: 3, count: 16) } == nil)
    }

    @Test func `texts that mean nothing are named as the options they are`() {
        expectRefusal(naming: "meeting", value: "nowhere") { $0.meeting = "nowhere" }
        expectRefusal(naming: "interface", value: "10.0.0.0/99") { $0.interface = "10.0.0.0/99" }
        #expect(refusal { $0.job = "" }?.code == .invalidArgument)
    }

    @Test func `an option stands in place of its variables`() throws {
        let environment = Environment([
            "WORLD_SIZE": "many", "MARTLET_TIMEOUT_SECONDS": "soon", "MARTLET_JOB_SECRET": "x",
            "MARTLET_OPERATION_TIMEOUT_SECONDS": "later", "MARTLET_STRICT": "perhaps",
            "MARTLET_ALGORITHM": "magic", "MARTLET_PLAN": "/nowhere", "MARTLET_INTERFACE": "a/b",
            "MARTLET_EPOCH": "first",
        ])
        var options = JoinOptions.alone
        options.epoch = 3
        options.timeoutSeconds = 7
        options.operationTimeoutSeconds = 8
        options.secret = [UInt8](repeating: 9, count: 20)
        options.interface = "lo"
        options.isStrict = true
        options.algorithm = .tree
        options.planPath = "/somewhere"
        let configuration = try options.meetingConfiguration(environment)
        #expect(configuration.rank == 0 && configuration.rankCount == 1)
        #expect(configuration.epoch == 3)
        #expect(configuration.timeoutSeconds == 7)
        #expect(configuration.credentials.secret?.count == 20)
        #expect(configuration.interface?.text == "lo")
        #expect(try options.times(environment).operationSeconds == 8)
        let demands = try options.demands(environment)
        #expect(demands.isStrict && demands.algorithm == .tree)
        #expect(options.planFile(environment) == "/somewhere")
    }

    @Test(arguments: [
        ("MARTLET_OPERATION_TIMEOUT_SECONDS", "0"), ("MARTLET_OPERATION_TIMEOUT_SECONDS", "nan"),
        ("MARTLET_SILENCE_SECONDS", "-1"), ("MARTLET_STRICT", "perhaps"),
        ("MARTLET_ALGORITHM", "magic"), ("MARTLET_LOG", "loud"),
    ])
    func `a variable that cannot be meant is named`(name: String, value: String) {
        let environment = Environment([name: value])
        let options = JoinOptions()
        do {
            _ = try options.meetingConfiguration(environment)
            _ = try options.times(environment)
            _ = try options.demands(environment)
            Issue.record("\(name) was believed")
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix("\(name) is '\(value)', expected"))
        }
    }

    @Test func `ranks of another version are told apart by the configuration`() throws {
        let configuration = try JoinOptions().meetingConfiguration(Environment([:]))
        #expect(configuration.libraryVersion == martletVersion)
        #expect(martletVersion.split(separator: ".").count == 3)
    }

    @Test(arguments: [("1", true), ("yes", true), ("OFF", false), ("0", false)])
    func `strict is read as every other switch is`(value: String, isStrict: Bool) throws {
        let demands = try JoinOptions().demands(Environment(["MARTLET_STRICT": value]))
        #expect(demands.isStrict == isStrict)
    }
}
