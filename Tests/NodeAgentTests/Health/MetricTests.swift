import Foundation
import Platform
import Testing

@testable import NodeAgent

@Suite struct MetricTests {
    private static var full: MetricInput {
        let holder = StatusHolder()
        holder.enter(.ready, "registered")
        holder.update { status in
            let now = Clock.nowNanoseconds()
            status.identity = .init(
                cluster: "c", nodeId: "n", bootId: "b", instance: "i",
                hostname: "quote\" backslash\\ line\nend", agentVersion: "1")
            status.incarnation = 4
            status.lease = .init(id: 1, timeToLiveSeconds: 15, renewedNanoseconds: now)
            status.controlPlane.contactNanoseconds = now
            status.record = .init(
                json: [1, 2, 3], contentHash: "", generation: 9, isPublished: true,
                slots: NodeRecord.Slots(source: "configuration", total: 8, reserved: 2))
            status.conditions = [
                NodeCondition(
                    type: "LinkDown", object: "nic eth0 port 1", reason: "r", sinceUnixSeconds: 1)
            ]
            status.counters.probesSent = 17
        }
        var traffic = LocalTraffic.Snapshot()
        traffic.answers = [200: 5, 404: 1]
        return MetricInput(
            status: holder.snapshot, nowNanoseconds: Clock.nowNanoseconds(), traffic: traffic,
            process: ProcessUsage.current())
    }

    @Test func `the page parses strictly, and holds every metric once`() throws {
        let page = try PrometheusText(MetricPage(Self.full).text)
        let names = Metric.catalogue.map { "martlet_" + $0.name }
        #expect(page.families.map(\.name) == names)
        #expect(Set(names).count == names.count)
        for family in page.families {
            #expect(!family.help.isEmpty && !family.samples.isEmpty, "\(family.name)")
            #expect((family.type == "counter") == family.name.hasSuffix("_total"))
        }
    }

    @Test func `values and labels come out as they went in`() throws {
        let page = try PrometheusText(MetricPage(Self.full).text)
        func family(_ name: String) throws -> PrometheusText.Family {
            try #require(page.families.first { $0.name == "martlet_\(name)" })
        }
        let info = try #require(try family("agent_info").samples.first)
        #expect(info.labels["hostname"] == "quote\" backslash\\ line\nend")
        let phases = try family("agent_phase").samples
        #expect(phases.filter { $0.value == 1 }.map { $0.labels["phase"] } == ["ready"])
        #expect(phases.count == AgentStatus.Phase.allCases.count)
        #expect(try family("node_slots").samples.map(\.value) == [8])
        #expect(try family("probes_sent_total").samples.map(\.value) == [17])
        #expect(
            try family("api_answers_total").samples.map { $0.labels["status"] } == ["200", "404"])
        #expect(try family("process_open_fds").samples[0].value >= 3)
        #expect(try family("process_resident_memory_bytes").samples[0].value > 1_048_576)
    }

    @Test func `what is not known has no sample, and its description all the same`() throws {
        let input = MetricInput(
            status: StatusHolder().snapshot, nowNanoseconds: Clock.nowNanoseconds(),
            traffic: .init(), process: ProcessUsage())
        let page = try PrometheusText(MetricPage(input).text)
        #expect(page.families.count == Metric.catalogue.count)
        let empty = page.families.filter(\.samples.isEmpty).map(\.name)
        #expect(empty.contains("martlet_node_incarnation"))
        #expect(empty.contains("martlet_lease_remaining_seconds"))
    }

    @Test func `every counter of the agent has a metric of its own`() throws {
        // Each counter gets a number of its own, by JSON, and must come out once.
        let names = Mirror(reflecting: AgentStatus.Counters()).children.compactMap(\.label)
        let numbers = Dictionary(uniqueKeysWithValues: zip(names, 1001...))
        let counters = try JSONDecoder().decode(
            AgentStatus.Counters.self, from: JSONSerialization.data(withJSONObject: numbers))
        var input = Self.full
        input.status.counters = counters
        let page = try PrometheusText(MetricPage(input).text)
        let values = page.families.flatMap(\.samples).map(\.value)
        for (name, number) in numbers {
            #expect(values.count { $0 == Double(number) } == 1, "\(name)")
        }
    }

    @Test func `the page of documentation has every metric, with type and words, and no other`()
        throws
    {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let text = try String(contentsOfFile: "\(root)/docs/metrics.md", encoding: .utf8)
        let table = text.split(separator: "\n## ")[0]
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `martlet_") }.map { row in
            row.split(separator: "|")
                .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
        }
        let known = Metric.catalogue.map { ["martlet_\($0.name)", $0.kind.rawValue, $0.help] }
        #expect(Set(rows.map { [$0[0], $0[1], $0[3]] }) == Set(known))
        #expect(rows.count == known.count)
        let page = try PrometheusText(MetricPage(Self.full).text)
        for family in page.families {
            let row = try #require(rows.first { $0[0] == family.name })
            let labels = Set(row[2].split { " ,`".contains($0) }.map(String.init))
            for sample in family.samples { #expect(Set(sample.labels.keys) == labels) }
        }
    }
}
