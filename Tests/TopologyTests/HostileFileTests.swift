import Platform
import Testing

@testable import Topology

/// Files that no lstopo wrote: one clear line, and never a crash.
@Suite struct HostileFileTests {
    private static let sound = SyntheticMachine(nodes: [
        SyntheticMachine.hostBridge(SyntheticMachine.accelerator(1)), "",
    ]).xml

    private func refusal(_ text: String) -> TopologyError? {
        do {
            _ = try HostTopology.importing(xml: Array(text.utf8), path: "hostile.xml")
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("", TopologyError.Code.syntax), ("  \n", .syntax), ("no XML", .syntax), ("\0", .syntax),
        ("<", .syntax), ("<topology version=\"2.0\">", .syntax),
        ("<topology version=\"2.0\"></topology>", .content),
        ("<topology version=\"2.0\"/><topology/>", .syntax),
        ("<topology version=\"3.0\"><object type=\"Machine\"/></topology>", .version),
        ("<topology><object type=\"Machine\"/></topology>", .version),
        ("<topology version=\"\u{1b}[2J\"/>", .version), ("<html></html>", .version),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", .syntax),
        ("<a>&lol;</a>", .syntax), ("<a b=\"1\" b=\"2\"/>", .syntax), ("<a b=1/>", .syntax),
        ("<a></b>", .syntax), ("<a>&#0;</a>", .syntax), ("<a>&#99999999999;</a>", .syntax),
    ])
    func `what is no machine is refused`(text: String, code: TopologyError.Code) throws {
        let error = try #require(refusal(text))
        #expect(error.code == code, "\(error)")
        #expect(!"\(error)".contains("\n") && !"\(error)".contains("\u{1b}"))
    }

    @Test(arguments: [
        ("cpuset=\"0xf\"", "cpuset=\"0xf...f\""), ("cpuset=\"0xf\"", "cpuset=\"0x1f\""),
        ("cpuset=\"0xf\"", "cpuset=\"\""), ("cpuset=\"0xf\"", "cpuset=\"-1\""),
        ("cpuset=\"0xf\"", "cpuset=\"0x100000000\""), ("cpuset=\"0xf\"", ""),
        ("nodeset=\"0x3\"", "nodeset=\"0x0\""), ("nodeset=\"0x3\"", "nodeset=\"0x7\""),
        // Siblings that share a processor, and a unit that is another than it says.
        ("cpuset=\"0xc\"", "cpuset=\"0x6\""), ("cpuset=\"0x8\"", "cpuset=\"0x4\""),
        ("os_index=\"3\"", "os_index=\"2\""), ("os_index=\"3\"", "os_index=\"99999999999\""),
        ("os_index=\"1\" local", "os_index=\"0\" local"),
        ("local_memory=\"4096\"", "local_memory=\"-1\""),
        ("local_memory=\"4096\"", "local_memory=\"99999999999999999999\""),
        ("\"PU\"", "\"Core\""), ("\"PU\"", "\"NUMANode\""), ("\"PU\"", "\"Wheel\""),
        ("\"Package\"", "\"Machine\""), ("\"Machine\"", "\"Package\""),
        ("bridge_type=\"0-1\"", "bridge_type=\"7-9\""), ("bridge_pci=\"0000:", "bridge_pci=\""),
        ("pci_busid=\"0000:01:00.0\"", "pci_busid=\"0000:01:00.9\""),
        ("pci_busid=\"0000:01:00.0\"", "pci_busid=\"%n%n%n%n\""),
        ("pci_type=\"0302", "pci_type=\"90302"),
        ("a1\"", "a1\" pci_link_speed=\"nan\""), ("a1\"", "a1\" pci_link_speed=\"1e999\""),
        ("a1\"", "a1\" cpuset=\"0x1\""),
    ])
    func `contradictions are refused`(original: String, changed: String) throws {
        #expect(refusal(Self.sound) == nil)
        let range = try #require(Self.sound.firstRange(of: original))
        let error = try #require(refusal(Self.sound.replacingCharacters(range, changed)))
        #expect(error.code == .content, "\(error)")
        #expect(error.line != nil)
        #expect(!"\(error)".contains("\n"))
    }

    @Test func `nesting, elements, attributes and sizes have limits`() throws {
        let deep = String(repeating: "<object>", count: 200_000)
        #expect(refusal("<topology version=\"2.0\">" + deep)?.code == .limit)
        let many = String(repeating: "<a/>", count: XMLReader.elementLimit + 1)
        #expect(refusal("<topology version=\"2.0\">\(many)</topology>")?.code == .limit)
        let attributes = (0...XMLReader.attributeLimit).map { " a\($0)=\"\"" }.joined()
        #expect(refusal("<a\(attributes)/>")?.code == .limit)
        let set = "0x1" + String(repeating: ",", count: 100_000)
        #expect(refusal("<a cpuset=\"\(set)\"/>")?.code == .limit)
        #expect(refusal("<a>" + String(repeating: "x", count: 1 << 17) + "</a>")?.code == .limit)
        #expect(refusal(String(repeating: " ", count: XMLImport.byteLimit + 1))?.code == .limit)
    }

    /// What would take minutes, in hwloc or here.
    @Test func `crowds are refused`() throws {
        let root =
            "<topology version=\"2.0\"><object type=\"Machine\" cpuset=\"0x1\" nodeset=\"0x1\">"
        let sets = "cpuset=\"0x1\" nodeset=\"0x1\""
        let basis = """
            <object type="NUMANode" os_index="0" \(sets)/><object type="PU" os_index="0" \(sets)/>
            """
        let siblings = String(
            repeating: "<object type=\"Misc\"/>", count: XMLImport.siblingLimit)
        #expect(refusal(root + basis + siblings + "</object></topology>")?.code == .limit)

        let accelerators = (0..<256).map { SyntheticMachine.accelerator($0) }.joined()
        let nics = (0..<256).map { SyntheticMachine.nic($0, "eth\($0)") }.joined()
        let more = root + basis + accelerators + nics + SyntheticMachine.nic(9, "eth256")
        #expect(refusal(more + "</object></topology>")?.code == .limit)
    }

    /// The sizes that make hwloc 2.9 write behind an allocation.
    @Test func `counts of distances are not believed`() throws {
        let good = """
            <distances2 type="NUMANode" nbobjs="2" kind="5" name="NUMALatency" indexing="os">\
            <indexes length="4">0 1 </indexes><u64values length="12">10 20 20 10 </u64values>\
            </distances2>
            """
        func imported(_ distances: String) -> TopologyError? {
            refusal(Self.sound.replacing("</topology>", with: distances + "</topology>"))
        }
        #expect(imported(good) == nil)
        for (original, changed) in [
            ("nbobjs=\"2\"", "nbobjs=\"65536\""), ("nbobjs=\"2\"", "nbobjs=\"4294967298\""),
            ("0 1 ", "0 0 "), ("0 1 ", "0 7 "), ("20 20 10", "20"), ("20 20", "20 -1"),
            ("0 1 ", ""), ("indexing=\"os\"", "indexing=\"gp\""),
        ] {
            let range = try #require(good.firstRange(of: original))
            let error = imported(good.replacingCharacters(range, changed))
            #expect(error?.code == .content, "\(changed)")
        }
    }

    @Test(arguments: ExportedMachine.names)
    func `a truncated file is refused wherever it ends`(name: String) throws {
        let bytes = try FileDescriptor.contents(of: ExportedMachine.path(name))
        // The last bytes are white space.
        for count in stride(from: 0, to: bytes.count - 2, by: 997) {
            #expect(throws: TopologyError.self) {
                try HostTopology.importing(xml: Array(bytes.prefix(count)), path: "short.xml")
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4])
    func `flipped bytes give a machine or an error`(seed: UInt64) throws {
        var state = seed &* 0x9e37_79b9_7f4a_7c15
        func random(_ limit: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(limit))
        }
        let sound = Array(Self.sound.utf8)
        for _ in 0..<300 {
            var bytes = sound
            for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
            if let topology = try? HostTopology.importing(xml: bytes, path: "flipped.xml") {
                #expect(!topology.processors.whole.isEmpty)
            }
        }
    }

    @Test func `what cannot be read says so`() throws {
        for path in ["/nonexistent/machine.xml", "/"] {
            do {
                _ = try HostTopology.importing(path: path)
                Issue.record("\(path) was read")
            } catch {
                #expect(error.code == .unreadable && error.systemCode != nil)
            }
        }
        // Endless, and no XML.
        #expect(throws: TopologyError.self) { try HostTopology.importing(path: "/dev/zero") }
    }

    @Test func `devices that came after hwloc 2_9 are left out, with a reason`() throws {
        let text = Self.sound.replacing("pci_busid=\"0000:01", with: "pci_busid=\"10000:01")
        let topology = try HostTopology.importing(xml: Array(text.utf8), path: "new.xml")
        #expect(topology.accelerators.isEmpty)
        #expect(topology.unknown.contains { $0.path == "file" && $0.reason.contains("PCIDev") })
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, _ text: String) -> String {
        String(self[..<range.lowerBound]) + text + self[range.upperBound...]
    }
}
