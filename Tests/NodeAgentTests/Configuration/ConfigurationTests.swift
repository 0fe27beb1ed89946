import Platform
import Testing

@testable import NodeAgent

@Suite struct ConfigurationTests {
    private func load(
        _ text: String? = nil, environment: [String: String] = [:],
        flags: [(flag: String, path: String, value: String)] = []
    ) throws -> LoadedConfiguration {
        try LoadedConfiguration.load(
            file: text.map { ("agent.yaml", $0) }, environment: environment, flags: flags)
    }

    private func mistakes(_ text: String) -> String {
        do {
            _ = try load(text)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("The environment is stronger than the file, and flags are stronger than both")
    func order() throws {
        let text = "cluster: a\nregistration:\n  leaseSeconds: 10\n  graceSeconds: 11\n"
        let loaded = try load(
            text,
            environment: [
                "MARTLET_AGENT_REGISTRATION_LEASE_SECONDS": "20",
                "MARTLET_AGENT_REGISTRATION_GRACE_SECONDS": "21",
            ], flags: [("--set", "registration.graceSeconds", "31")])
        #expect(loaded.values.cluster == "a")
        #expect(loaded.values.registration.leaseSeconds == 20)
        #expect(loaded.values.registration.graceSeconds == 31)
        #expect(loaded.values.registration.recheckSeconds == 600)
        #expect(loaded.origin(of: "cluster") == .file(path: "agent.yaml", line: 1))
        #expect(
            loaded.origin(of: "registration.leaseSeconds")
                == .environment("MARTLET_AGENT_REGISTRATION_LEASE_SECONDS"))
        #expect(loaded.origin(of: "registration.graceSeconds") == .flag("--set"))
        #expect(loaded.origin(of: "registration.recheckSeconds") == .builtIn)
    }

    @Test(
        "A mistake is named with its line and what was expected",
        arguments: [
            (
                "cluster: a\nclustr: b\n",
                "agent.yaml:2: there is no key clustr; did you mean cluster?"
            ),
            (
                "registration:\n  leaseSeconds: soon\n",
                "agent.yaml:2: registration.leaseSeconds is \"soon\", and should be whole seconds"
            ),
            ("registration: 5\n", "agent.yaml:1: registration should hold keys"),
            ("cluster:\n  - a\n", "agent.yaml:1: cluster should be"),
            ("cluster: [a\n", "agent.yaml:2: this is no YAML"),
            ("\n- a\n", "agent.yaml:2: expected keys"),
            ("cluster: a\ncluster: b\n", "stands here a second time"),
            (
                "controlPlane:\n  keyFile: /k\n",
                "certificateFile, keyFile and authorityFile come together"
            ),
            ("api:\n  socket: run/agent.sock\n", "agent.yaml:2: api.socket is"),
            ("probe:\n  listen: nowhere\n", "agent.yaml:2: probe.listen is"),
        ])
    func mistake(text: String, expected: String) {
        #expect(mistakes(text).contains(expected), "\(mistakes(text))")
    }

    @Test("Every mistake is told at once")
    func several() {
        let text = mistakes("a: 1\ncluster: b\nc: 2\nlog:\n  level: loud\n")
        #expect(text.split(separator: "\n").count == 3, "\(text)")
    }

    @Test("A misspelt variable is a mistake, and other programs' variables are not")
    func variables() throws {
        _ = try load(environment: ["MARTLET_TIMEOUT_SECONDS": "5", "HOME": "/"])
        #expect(throws: AgentError.self) {
            try load(environment: ["MARTLET_AGENT_CLUSTR": "a"])
        }
    }

    @Test("Nothing, and a file of comments, are the defaults", arguments: ["", "# a\n", "log:\n"])
    func empty(text: String) throws {
        #expect(try load(text).values == AgentConfiguration())
    }

    @Test("Lists are written as YAML's, or with commas")
    func lists() throws {
        let expected = ["http://a:1", "http://b:2"]
        let block = "controlPlane:\n  endpoints:\n    - http://a:1\n    - http://b:2\n"
        #expect(try load(block).values.controlPlane.endpoints == expected)
        let line = "controlPlane.endpoints: http://a:1, http://b:2\n"
        #expect(try load(line).values.controlPlane.endpoints == expected)
    }

    @Test("What --print-config prints is a configuration that means the same")
    func printed() throws {
        let loaded = try load("cluster: c\ninventory:\n  slots: 4\n")
        #expect(try load(loaded.text).values == loaded.values)
    }

    @Test("docs/agent.md has every key with its default, and no other")
    func documented() throws {
        let document = String(
            decoding: try FileDescriptor.contents(of: "docs/agent.md"), as: UTF8.self)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `") }
        for key in ConfigurationKey.all {
            let value = key.show(AgentConfiguration()).flatMap { $0.isEmpty ? nil : $0 }
            let start = "| `\(key.path)` | \(value.map { "`\($0)` " } ?? "")|"
            #expect(rows.contains { $0.hasPrefix(start) }, "\(start)")
        }
        let named = rows.filter { $0.contains(".") || $0.hasPrefix("| `cluster`") }
            .compactMap { $0.split(separator: "`").dropFirst().first }.map(String.init)
        let sections = Set(ConfigurationKey.all.compactMap { $0.path.split(separator: ".").first })
        for name in named where sections.contains(name.prefix { $0 != "." }) {
            #expect(ConfigurationKey.named(name) != nil, "\(name)")
        }
    }

    @Test func `docs/agent.md has the keys that count without a restart`() throws {
        let document = String(
            decoding: try FileDescriptor.contents(of: "docs/agent.md"), as: UTF8.self)
        let start = try #require(document.firstRange(of: "These count at once: "))
        let names = document[start.upperBound...].prefix { $0 != "A" }.split(separator: "`")
            .map(String.init).filter { $0.contains(".") && !$0.hasPrefix(".") }
        #expect(names == ConfigurationKey.all.filter(\.isReloadable).map(\.path))
    }

    @Test func `what may change is taken, what needs a restart is named and stays`() throws {
        let running = RunningConfiguration(try load("cluster: a\ninventory:\n  slots: 4\n").values)
        let new = try load(
            """
            cluster: b
            log:
              level: debug
            probe:
              timeoutSeconds: 0.5
            inventory:
              expectedRatesBitsPerSecond: [mlx5_0/1=100, mlx5_1/1=200]
            """)
        let changes = running.take(new.values)
        let taken = [
            "probe.timeoutSeconds", "inventory.slots", "inventory.expectedRatesBitsPerSecond",
            "log.level",
        ]
        #expect(changes.taken.map(\.path) == taken && changes.waiting.map(\.path) == ["cluster"])
        #expect(
            changes.text == "taken up: \(taken.joined(separator: ", "));"
                + " waiting for a restart: cluster")
        var expected = new.values
        expected.cluster = "a"
        #expect(running.values == expected)
        // The same once more: only what waits still differs.
        let again = running.take(new.values)
        #expect(again.taken.isEmpty && again.waiting.map(\.path) == ["cluster"])
        #expect(running.take(running.values).text.contains("as before"))
    }
}
