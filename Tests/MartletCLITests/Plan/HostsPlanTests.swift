import Foundation
import Schedules
import TestSupport
import Testing
import Topology

@testable import MartletCLI

/// Plans of hosts that files describe, against what the library would make of them.
@Suite struct HostsPlanTests {
    private static let conan = Machines.real("32em64t-2n8c2t-pci-wholeio")
    private static let mirage = Machines.real("24em64t-2n6c2t-pci")
    private static let bertha = Machines.real("96em64t-4n4d3ca2co-pci")
    private static let jobs = [
        [Machines.eight, Machines.eight], [Machines.sixteen, Machines.sixteen],
        [conan, mirage, Machines.eight], [Machines.sixteen], [bertha, bertha, bertha],
        [bertha, Machines.eight],
    ]

    private func machines(_ paths: [String]) throws -> [HostTopology] {
        try paths.map { try HostTopology.importing(path: $0) }
    }

    private func plan(_ paths: [String], ranksPerHost: Int? = nil) throws -> HostsPlan {
        try HostsPlan(
            zip(paths, machines(paths)).map { ($0, $1) }, ranksPerHost: ranksPerHost)
    }

    /// The plan that a job of these hosts makes, where ranks are numbered host by host.
    private func expected(_ machines: [HostTopology], _ counts: [Int]) -> ChannelPlan {
        var first = 0
        return ChannelPlan(
            hosts: zip(machines, counts).map { machine, count in
                defer { first += count }
                return Array(zip(first..<first + count, machine.places(count: count)))
            })
    }

    private func counts(_ machines: [HostTopology]) -> [Int] {
        machines.map { $0.accelerators.isEmpty ? $0.numaNodes.count : $0.accelerators.count }
    }

    private func json(_ arguments: [String]) throws -> [String: Any] {
        let result = try RunningCommand.finished(["plan", "all-reduce", "--json"] + arguments)
        #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    // MARK: Text and JSON

    @Test(arguments: jobs)
    func `JSON holds the library's channels`(paths: [String]) throws {
        let machines = try machines(paths)
        let wanted = expected(machines, counts(machines))
        let object = try json(["--topology", paths.joined(separator: ",")])
        #expect(object["schema"] as? String == "martlet-plan/1")
        #expect(object["rankCount"] as? Int == counts(machines).reduce(0, +))
        #expect(object["order"] as? [[Int]] == wanted.channels[0].hosts)
        let channels = try #require(object["channels"] as? [[String: Any]])
        #expect(channels.map { $0["ring"] as? [[Int]] } == wanted.channels.map(\.hosts))
        for (channel, one) in zip(channels, wanted.channels) {
            let rail = channel["rail"] as? [String: Any]
            #expect(rail?["kind"] as? String == one.rail?.kind.rawValue)
            #expect(rail?["position"] as? Int == one.rail?.position)
            let trees = try #require(channel["trees"] as? [[String: Any]])
            #expect(
                trees.map { $0["root"] as? Int }
                    == Tree.pair(overHosts: one.hosts).map(\.root))
            if paths.count > 1 {
                // The first tree's heads are the first of each host, the second's the last.
                #expect(
                    trees.map { $0["heads"] as? [Int] } == [
                        one.hosts.map { $0[0] }, one.hosts.map { $0[$0.count - 1] },
                    ])
            }
            try checkEnds(channel, machines, one)
        }
    }

    /// The NICs of a channel are those of its rail, and the classes those of the ends' paths.
    private func checkEnds(
        _ channel: [String: Any], _ machines: [HostTopology], _ wanted: ChannelPlan.Channel
    ) throws {
        let ends = try #require(channel["ends"] as? [[String: Any]])
        #expect(ends.count == machines.count)
        var first = 0
        for (end, (machine, row)) in zip(ends, zip(machines, wanted.hosts)) {
            defer { first += row.count }
            #expect(end["first"] as? Int == row.first && end["last"] as? Int == row.last)
            let nic = machine.rails.first {
                $0.kind == wanted.rail?.kind && $0.position == wanted.rail?.position
            }?.nic
            #expect(end["nic"] as? Int == nic)
            guard let nic, !machine.accelerators.isEmpty else { continue }
            let paths = [row[0], row[row.count - 1]].map {
                machine.affinity($0 - first, nic).path?.name
            }
            #expect([end["firstPath"] as? String, end["lastPath"] as? String] == paths)
        }
    }

    @Test func `JSON says where each rank is`() throws {
        let object = try json(["--topology", "\(Self.bertha),\(Machines.eight)"])
        let hosts = try #require(object["hosts"] as? [[String: Any]])
        #expect(hosts.map { $0["hostName"] as? String } == ["bertha", "eight"])
        #expect(hosts.map { $0["path"] as? String } == [Self.bertha, Machines.eight])
        let ranks = try hosts.map { try #require($0["ranks"] as? [[String: Any]]) }
        // Without accelerators one rank for each NUMA node, on its own NIC.
        #expect(ranks[0].map { $0["numaNode"] as? Int } == [0, 1, 2, 3])
        #expect(ranks[0].map { $0["nic"] as? Int } == [0, 2, 4, 6])
        #expect(ranks[0].allSatisfy { $0["accelerator"] == nil })
        #expect(ranks[1].map { $0["rank"] as? Int } == Array(4..<12))
        #expect(ranks[1].map { $0["accelerator"] as? Int } == Array(0..<8))
        #expect(ranks[1].map { $0["path"] as? String } == Array(repeating: "PIX", count: 8))
        #expect(ranks[1][0]["pciBusId"] as? String == "0000:13:00.0")
    }

    @Test func `text shows ranks, rings with slashes, NICs, classes and heads`() throws {
        let result = try RunningCommand.finished([
            "plan", "all-reduce", "--algorithm", "ring", "--topology",
            "\(Machines.eight),\(Machines.eight)",
        ])
        #expect(result.status == 0 && result.error.isEmpty)
        let wanted = expected(try machines([Machines.eight, Machines.eight]), [8, 8])
        for (index, channel) in wanted.channels.enumerated() {
            let hosts = channel.hosts.map { $0.map(String.init).joined(separator: " ") }
            let ring = hosts.joined(separator: " / ")
            #expect(
                result.output.contains("channel \(index): InfiniBand \(index)\n  ring: \(ring)\n"))
        }
        for part in [
            "host 0: eight, from \(Machines.eight)", "  host 1  mlx5_3", "PIX",
            "  tree 1: root ", "in the order of channel 0", "proved over all 16 ranks",
        ] {
            #expect(result.output.contains(part), "\(part)")
        }
        // The schedule follows the first ring.
        let ring = wanted.channels[0].hosts.flatMap(\.self)
        let next = ring[((ring.firstIndex(of: 0) ?? 0) + 1) % ring.count]
        #expect(result.output.contains("of the input to \(next)"))
    }

    @Test func `a number of ranks per host takes the first accelerators, or NUMA nodes`() throws {
        let few = try plan([Machines.eight, Machines.eight], ranksPerHost: 2)
        #expect(few.order.hosts.map(\.count) == [2, 2])
        #expect(few.hosts[1].accelerator(of: 3) == 1)
        let many = try plan([Machines.eight], ranksPerHost: 16)
        #expect(many.hosts[0].accelerator(of: 0) == nil)
        #expect(many.hosts[0].places.map(\.numaNode) == (0..<16).map { $0 / 8 })
        #expect(many.text.contains("more ranks than accelerators (8): by NUMA node"))
    }

    // MARK: Saved plans

    private func saved(_ rankCount: Int, order: RankOrder? = nil) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        let plan = Plan(
            rankCount: rankCount, table: .unmeasured(ranksPerHost: 8, coresPerHost: 8),
            order: order)
        try Data(plan.text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/plan"))
        return folder
    }

    @Test func `a saved plan's own order goes before that of the first channel`() throws {
        let folder = try saved(
            8, order: RankOrder(ranks: [7, 6, 5, 4, 3, 2, 1, 0], hostSizes: [8]))
        let arguments = ["--topology", Machines.eight, "--plan", "\(folder.path)/plan"]
        let object = try json(arguments)
        #expect(object["order"] as? [[Int]] == [[7, 6, 5, 4, 3, 2, 1, 0]])
        let result = try RunningCommand.finished(["plan", "all-reduce"] + arguments)
        #expect(result.output.contains("in the order of the saved plan: 7 6 5 4 3 2 1 0"))
    }

    @Test func `a saved plan of another number of ranks is refused`() throws {
        let folder = try saved(4)
        let path = "\(folder.path)/plan"
        let result = try RunningCommand.finished(
            ["plan", "all-reduce", "--topology", Machines.eight, "--plan", path])
        #expect(result.status == 64 && result.output.isEmpty && result.errorLines.count == 1)
        #expect(result.error.contains("\(path) is of 4 ranks, and --topology makes 8"))
    }

    // MARK: Wrong arguments

    private static let eight = Machines.eight

    @Test(
        arguments: [
            ([], 64, "expected --ranks or --topology"),
            (
                ["--ranks", "4", "--topology", eight], 64,
                "expected --ranks or --topology, not both"
            ),
            (["--topology", "/no.xml"], 1, "open /no.xml: No such file or directory"),
            (["--topology", "\(eight),/no.xml"], 1, "open /no.xml: No such file or directory"),
            (["--topology", "/proc/self/cmdline"], 1, "/proc/self/cmdline: line 1: it is no XML"),
            (["--topology", "\(eight),"], 64, "expected files with commas between them"),
            (
                ["--topology", eight, "--ranks-per-host", "65"], 64,
                "--ranks-per-host is 65, and \(eight) has only 8 accelerators and 64 processing units"
            ),
            (["--topology", eight, "--ranks-per-host", "0"], 64, "expected 1 or more"),
            (["--topology", eight, "--root", "8"], 64, "--root is 8, expected 0 to 7"),
            (["--topology", eight, "--rank", "8"], 64, "--rank is 8, expected 0 to 7"),
            (
                ["--topology", eight, "--svg", "/nonexistent/a.svg"], 1,
                "--svg expects a file that can be written: /nonexistent/a.svg: No such file"
            ),
            (
                ["--ranks", "2", "--svg", "/tmp/a.svg"], 64,
                "--svg draws hosts, and needs --topology"
            ),
            (
                [
                    "--ranks-per-host", "64", "--svg", "/dev/null", "--topology",
                    Array(repeating: eight, count: 17).joined(separator: ","),
                ], 64, "--svg draws at most 1024 ranks, and --topology makes 1088"
            ),
        ] as [([String], Int32, String)])
    func `wrong arguments get one line that says what was expected`(
        arguments: [String], status: Int32, complaint: String
    ) throws {
        let result = try RunningCommand.finished(["plan", "all-reduce"] + arguments)
        #expect(result.status == status && result.output.isEmpty)
        #expect(result.error.hasPrefix("martlet plan: "))
        #expect(result.error.contains(complaint), "\(result.error)")
        #expect(result.errorLines.count == 1)
    }
}

// MARK: - The picture

extension HostsPlanTests {
    @Test(arguments: jobs)
    func `the rings of the picture are the plan's`(paths: [String]) throws {
        let plan = try plan(paths)
        let tree = try XMLTree.parse(HostsPicture(plan).document.text)
        #expect(tree.groups("host").count == paths.count)
        let ranks = tree.groups("rank").map { $0.title?.split { ": ".contains($0) }[1] }
        #expect(Set(ranks) == Set((0..<plan.rankCount).map { "\($0)" }))
        #expect(ranks.count == plan.rankCount)
        #expect(tree.groups("nic").count == plan.channels.count * paths.count)
        #expect(
            tree.groups("rail").map(\.title)
                == plan.channels.map { channel in
                    channel.rail.map { RailStyles.name($0.kind, $0.position) } ?? "no rail"
                })
        let rings = tree.groups("ring")
        #expect(rings.count == plan.channels.count)
        for (ring, channel) in zip(rings, plan.channels) {
            try check(ring, channel.order.hosts)
        }
        let nics = tree.groups("nic")
        for (index, channel) in plan.channels.enumerated() where paths.count > 1 {
            for (host, end) in channel.ends.enumerated() {
                guard let nic = end.nic else { continue }
                let drawn = nics[host * plan.channels.count + index]
                let title = drawn.title ?? ""
                #expect(
                    title.hasPrefix("\(plan.hosts[host].report.nicTitles[nic]) of host \(host)"))
                // The classes at both ends are shown, whichever they are, and not cut short.
                let classes = drawn.all("text").last?.text ?? ""
                #expect(classes.hasSuffix(" out") && title.hasSuffix(classes), "\(classes)")
            }
        }
    }

    /// Follows the lines from station to station: they pass all ranks in the ring's order.
    private func check(_ ring: XMLTree, _ hosts: [[Int]]) throws {
        let order = hosts.flatMap(\.self)
        let stations = ring.groups("station")
        #expect(stations.map { $0.all("text")[0].text } == order.map { "\($0)" })
        let hops = ring.groups("hop")
        guard order.count > 1 else { return #expect(hops.isEmpty) }
        #expect(hops.count == order.count)
        var home: [Int: Int] = [:]
        for (host, ranks) in hosts.enumerated() { for rank in ranks { home[rank] = host } }
        for (index, hop) in hops.enumerated() {
            let next = (index + 1) % order.count
            let ends = try #require(hop.all("path").first).ends
            for (place, station) in [
                (ends.first, stations[index]), (ends.last, stations[next]),
            ] {
                let circle = station.all("circle")[0]
                // A rank that is alone on its host is entered and left beside its middle.
                #expect(abs(place.x - circle.number("cx")) < 4.1)
                #expect(abs(place.y - circle.number("cy")) < 0.1)
            }
            let words = "rank \(order[index]) to rank \(order[next])"
            let title = try #require(hop.title)
            if home[order[index]] == home[order[next]] {
                #expect(title == words)
            } else {
                #expect(title.hasPrefix("\(words), through "))
            }
        }
    }

    @Test func `a ring of hosts with one rank each has a line in and a line out`() throws {
        let plan = try plan([Machines.eight, Machines.eight, Machines.eight], ranksPerHost: 1)
        let tree = try XMLTree.parse(HostsPicture(plan).document.text)
        for (ring, channel) in zip(tree.groups("ring"), plan.channels) {
            try check(ring, channel.order.hosts)
        }
    }

    @Test func `hosts without a rail in common have one ring and no NIC to name`() throws {
        let lone = """
            <?xml version="1.0" encoding="UTF-8"?>
            <topology version="2.0"><object type="Machine" cpuset="0x1" nodeset="0x1">
            <object type="NUMANode" os_index="0" cpuset="0x1" nodeset="0x1"/>
            <object type="PU" os_index="0" cpuset="0x1" nodeset="0x1"/></object></topology>
            """
        let plan = try HostsPlan(
            [
                ("lone.xml", HostTopology.importing(xml: Array(lone.utf8), path: "lone.xml")),
                (Machines.eight, HostTopology.importing(path: Machines.eight)),
            ], ranksPerHost: nil)
        #expect(plan.order.hosts == [[0], Array(1...8)])
        #expect(plan.text.contains("channel 0: no rail that all hosts have\n  ring: 0 / 1 2"))
        let tree = try XMLTree.parse(HostsPicture(plan).document.text)
        let rings = tree.groups("ring")
        #expect(rings.count == 1)
        try check(rings[0], plan.order.hosts)
        #expect(tree.groups("nic").allSatisfy { $0.title?.hasPrefix("any NIC of host") == true })
    }

    @Test func `the command writes the picture`() throws {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/rings.svg"
        let result = try RunningCommand.finished([
            "plan", "broadcast", "--topology", "\(Machines.eight),\(Machines.eight)", "--svg", path,
        ])
        #expect(result.status == 0 && result.error.isEmpty)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try XMLTree.parse(text).title == "Rings of 16 ranks on 2 hosts")
    }
}
