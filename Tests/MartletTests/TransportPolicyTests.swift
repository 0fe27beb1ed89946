import Bootstrap
import Platform
import Testing

@testable import Martlet

/// What a rank may demand of the transports of its links.
@Suite struct TransportPolicyTests {
    @Test(arguments: [
        ("auto", "shm=auto,tcp=auto"), ("shm", "shm=require,tcp=auto"),
        ("tcp", "shm=auto,tcp=require"), ("shm=prefer,tcp=forbid", "shm=prefer,tcp=forbid"),
        ("tcp=prefer", "shm=auto,tcp=prefer"),
    ])
    func `a policy is read as it is written`(text: String, meaning: String) throws {
        let policy = try #require(TransportPolicy(text: text))
        #expect(policy.text == meaning)
        #expect(TransportPolicy(text: policy.text) == policy)
    }

    @Test(arguments: [
        "", "rdma", "shm=", "shm=maybe", "=require", "shm,tcp", "shm=forbid,tcp=forbid",
        "tcp=require=require", "shm,", "SHM",
    ])
    func `what is no policy, or contradicts itself, is refused`(text: String) {
        #expect(TransportPolicy(text: text) == nil)
    }

    @Test func `the environment's policy is named where it cannot be meant`() {
        #expect {
            try TransportPolicy.fromEnvironment(Environment(["MARTLET_TRANSPORT": "pigeon"]))
        } throws: { error in
            "\(error)".contains("MARTLET_TRANSPORT is 'pigeon'")
        }
        var options = JoinOptions.alone
        options.transports = TransportPolicy(sharedMemory: .forbid, tcp: .forbid)
        #expect {
            try Communicator.join(options).leave()
        } throws: { error in
            (error as? CollectiveError)?.code == .invalidArgument
        }
    }

    private func descriptions(_ policy: TransportPolicy?) throws -> [String] {
        var options = JoinOptions()
        options.transports = policy
        return try ThreadedJob.values(rankCount: 3, adjusting: options) { world in
            var values: [Float] = [1, 2, 3]
            try world.allReduce(&values, .sum)
            #expect(values == [3, 6, 9])
            return world.describe()
        }
    }

    @Test func `ranks of one host share memory unless told otherwise`() throws {
        for text in try descriptions(nil) {
            #expect(text.components(of: ": shm, rings of") == 2, "\(text)")
            #expect(text.components(of: "(same host)") == 2, "\(text)")
        }
    }

    @Test(arguments: ["tcp", "shm=forbid", "tcp=prefer"])
    func `ranks that are told to speak tcp do, and say why`(policy: String) throws {
        for text in try descriptions(TransportPolicy(text: policy)) {
            #expect(text.components(of: ": tcp 127.0.0.1:") == 2, "\(text)")
            #expect(text.components(of: "(same host, but ") == 2, "\(text)")
        }
    }

    @Test func `where one forbids what another requires, no job comes of it`() throws {
        let results = try ThreadedJob.run(
            rankCount: 2,
            adjustingEach: { rank, options in
                options.transports = TransportPolicy(text: rank == 0 ? "shm" : "shm=forbid")
                options.timeoutSeconds = 10
            }
        ) { _ in true }
        let errors = results.compactMap { result in
            if case .failure(let error) = result { error as? CollectiveError } else { nil }
        }
        #expect(errors.count == 2)
        #expect(
            errors.allSatisfy { $0.message.contains("shared memory is forbidden") }, "\(errors)")
    }
}

extension String {
    /// How often a text occurs in it.
    fileprivate func components(of text: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}
