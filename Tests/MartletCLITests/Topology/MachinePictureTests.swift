import Foundation
import TestSupport
import Testing
import Topology

@testable import MartletCLI

/// The picture of a machine, read back from its file.
@Suite struct MachinePictureTests {
    private func picture(of topology: HostTopology) throws -> XMLTree {
        try XMLTree.parse(MachinePicture(topology).document.text)
    }

    private func names(_ groups: [XMLTree]) -> [String] {
        groups.map { ($0.title ?? "").components(separatedBy: " · ")[0] }
    }

    /// Every device once and none upon another, every link from its accelerator to its NIC.
    private func check(_ topology: HostTopology) throws {
        let tree = try picture(of: topology)
        let report = TopologyReport(topology: topology)
        let accelerators = tree.groups("accelerator")
        let nics = tree.groups("nic")
        #expect(names(accelerators) == report.acceleratorTitles)
        #expect(
            names(nics)
                == zip(topology.nics, report.nicTitles).map { $1 + ($0.isUsable ? "" : " (down)") })
        let rails = topology.rails.sorted { $0.nic < $1.nic }
        #expect(
            tree.groups("rail").map(\.title)
                == rails.map { RailStyles.name($0.kind, $0.position) })
        #expect(tree.groups("node").count == topology.numaNodes.count)
        checkPlaces(accelerators + nics, tree)
        try checkLinks(tree, accelerators, nics, topology)
    }

    private func checkPlaces(_ devices: [XMLTree], _ tree: XMLTree) {
        let boxes = devices.map(\.box)
        let sites = tree.groups("site").map(\.box)
        for (index, box) in boxes.enumerated() {
            #expect(
                sites.contains {
                    $0.left <= box.left && box.right <= $0.right && $0.top <= box.top
                        && box.bottom <= $0.bottom
                })
            for other in boxes.dropFirst(index + 1) {
                #expect(
                    box.right <= other.left || other.right <= box.left
                        || box.bottom <= other.top || other.bottom <= box.top)
            }
        }
        for site in sites { #expect(site.right < tree.number("width")) }
    }

    private func checkLinks(
        _ tree: XMLTree, _ accelerators: [XMLTree], _ nics: [XMLTree], _ topology: HostTopology
    ) throws {
        let users = topology.accelerators.indices.filter {
            topology.accelerators[$0].bestNIC != nil
        }
        let (links, labels) = (tree.groups("link"), tree.groups("class"))
        #expect(links.count == users.count && labels.count == users.count)
        for (user, (link, label)) in zip(users, zip(links, labels)) {
            let nic = try #require(topology.accelerators[user].bestNIC)
            let path = try #require(link.all("path").first)
            let (from, to) = (accelerators[user].box, nics[nic].box)
            #expect(abs(path.ends.first.x - (from.left + from.right) / 2) < 0.02)
            #expect(abs(path.ends.first.y - from.bottom) < 0.02)
            #expect(to.left < path.ends.last.x && path.ends.last.x < to.right)
            #expect(abs(path.ends.last.y - to.top) < 0.02)
            let name = topology.affinity(user, nic).path?.name ?? "?"
            #expect(label.all("text").map(\.text) == [name])
            // A rail has one colour, on the line and on both devices' strips.
            let strips = [accelerators[user], nics[nic]].map {
                $0.all("path").first?.attributes["fill"]
            }
            #expect(strips == [path.attributes["stroke"], path.attributes["stroke"]])
        }
    }

    @Test(arguments: Machines.all)
    func `every device, rail and link of a machine is there once`(path: String) throws {
        try check(HostTopology.importing(path: path))
    }

    @Test func `this host is drawn`() throws {
        try check(HostTopology.discover(.fast))
    }

    @Test func `a NIC that is down is dashed and grey, and serves nobody`() throws {
        let topology = try HostTopology.importing(path: Machines.sixteen)
        let tree = try picture(of: topology)
        let down = tree.groups("nic").filter { $0.title?.contains("(down)") == true }
        #expect(down.count == 1 && down[0].title?.hasPrefix("mlx5_5") == true)
        let dashed = tree.groups("nic").filter { nic in
            nic.all("rect").contains { $0.attributes["stroke-dasharray"] != nil }
        }
        #expect(names(dashed) == names(down))
        #expect(!tree.groups("link").contains { $0.title?.contains("mlx5_5") == true })
    }

    @Test func `links of one PCI switch stay in its shade`() throws {
        let tree = try picture(of: HostTopology.importing(path: Machines.sixteen))
        let shades = tree.all("rect").filter { $0.attributes["fill"] == "#e4e9f0" }
        // Four, and one in the legend.
        #expect(shades.count == 5)
    }

    // MARK: Odd machines

    private func machine(
        _ devices: String, elsewhere: String = "", farMemory: String = ""
    ) throws -> HostTopology {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <topology version="2.0">
            <object type="Machine" cpuset="0xf" nodeset="\(farMemory.isEmpty ? "0x3" : "0x7")">
            \(farMemory)
            <info name="HostName" value="&lt;b&gt;&amp;&quot;host&quot;"/>
            <object type="Package" os_index="0" cpuset="0x3" nodeset="0x1">
            <object type="NUMANode" os_index="0" cpuset="0x3" nodeset="0x1"/>
            <object type="PU" os_index="0" cpuset="0x1" nodeset="0x1"/>
            <object type="PU" os_index="1" cpuset="0x2" nodeset="0x1"/>
            \(devices)</object>
            <object type="Package" os_index="1" cpuset="0xc" nodeset="0x2">
            <object type="NUMANode" os_index="1" cpuset="0xc" nodeset="0x2"/>
            <object type="PU" os_index="2" cpuset="0x4" nodeset="0x2"/>
            <object type="PU" os_index="3" cpuset="0x8" nodeset="0x2"/>
            </object>
            \(elsewhere)</object></topology>
            """
        return try HostTopology.importing(xml: Array(text.utf8), path: "odd.xml")
    }

    private func bridge(_ contents: String) -> String {
        """
        <object type="Bridge" bridge_type="0-1" depth="0" bridge_pci="0000:[00-ff]">
        \(contents)</object>
        """
    }

    private func accelerator(_ bus: Int, _ name: String = "") -> String {
        let device =
            name.isEmpty
            ? "" : "<object type=\"OSDev\" name=\"\(name)\" subtype=\"CUDA\" osdev_type=\"5\"/>"
        return """
            <object type="PCIDev" pci_busid="0000:\(hexadecimal(bus, 2)):00.0" \
            pci_type="0302 [10de:1094] [0000:0000] a1">\(device)</object>
            """
    }

    private func nic(_ bus: Int, _ name: String) -> String {
        """
        <object type="PCIDev" pci_busid="0000:\(hexadecimal(bus, 2)):00.0" \
        pci_type="0200 [8086:10c9] [0000:0000] 01">
        <object type="OSDev" name="\(name)" osdev_type="2">\
        <info name="Address" value="02:00:00:00:00:\(hexadecimal(bus, 2))"/></object></object>
        """
    }

    @Test func `more devices at one bridge than fit are drawn in several rows`() throws {
        let devices = (1...21).map { accelerator($0) } + (30...38).map { nic($0, "eth\($0)") }
        let topology = try machine(bridge(devices.joined()))
        #expect(topology.accelerators.count == 21 && topology.nics.count == 9)
        try check(topology)
        #expect(try picture(of: topology).number("width") < 1100)
    }

    @Test func `devices of which nothing says where they are have a place of their own`() throws {
        let topology = try machine(
            bridge(accelerator(1)), elsewhere: bridge(accelerator(2) + nic(3, "eth0")))
        #expect(topology.accelerators.map(\.numaNodes) == [[0], nil])
        try check(topology)
        let tree = try picture(of: topology)
        #expect(tree.groups("site").count == 3)
        #expect(tree.groups("class").count { $0.all("text")[0].text == "?" } > 0)
    }

    @Test func `devices stay at their node where memory lies behind all of them`() throws {
        let topology = try machine(
            bridge(accelerator(1) + nic(2, "eth0")),
            farMemory: "<object type=\"NUMANode\" os_index=\"2\" cpuset=\"0xf\" nodeset=\"0x4\"/>")
        #expect(topology.accelerators.map(\.numaNodes) == [[0, 2]])
        try check(topology)
        let tree = try picture(of: topology)
        #expect(tree.groups("site").count == 3)
        #expect(tree.groups("units").count == 2)
        #expect(tree.groups("accelerator")[0].box.top > tree.groups("site")[0].box.top)
        #expect(tree.groups("accelerator")[0].box.bottom < tree.groups("site")[0].box.bottom)
    }

    @Test func `a machine without devices, or without NICs, is drawn`() throws {
        try check(machine(""))
        let topology = try machine(bridge(accelerator(1)))
        try check(topology)
        let strips = try picture(of: topology).groups("use").map(\.title)
        #expect(strips == ["no NIC"])
    }

    @Test func `long and hostile names are shortened, escaped, and whole in the tooltip`() throws {
        let long = "cuda0-&lt;script&gt;-&amp;-" + String(repeating: "long", count: 20)
        let topology = try machine(bridge(accelerator(1, long) + nic(2, "eth0")))
        try check(topology)
        let text = MachinePicture(topology).document.text
        #expect(!text.contains("<script>") && !text.contains("<b>"))
        let tree = try XMLTree.parse(text)
        let device = try #require(tree.groups("accelerator").first)
        #expect(device.title?.hasPrefix("cuda0-<script>-&-longlong") == true)
        let shown = device.all("text")[0].text
        #expect(shown.hasSuffix("…") && shown.count < 20)
        #expect(tree.title == "Topology of <b>&\"host\"")
    }

    @Test func `the picture is written beside the text, and a file that cannot be fails early`()
        throws
    {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/machine.svg"
        let result = try RunningCommand.finished(
            ["topology", "--input", Machines.eight, "--svg", path])
        #expect(result.status == 0 && result.error.isEmpty)
        #expect(result.output.hasPrefix("host: eight, from "))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try XMLTree.parse(text).groups("accelerator").count == 8)
        for (path, reason) in [
            ("/nonexistent/machine.svg", "No such file or directory"), ("/", "Is a directory"),
        ] {
            let failed = try RunningCommand.finished(
                ["topology", "--input", Machines.eight, "--svg", path])
            #expect(failed.status == 1 && failed.output.isEmpty && failed.errorLines.count == 1)
            #expect(
                failed.error.hasPrefix(
                    "martlet topology: --svg expects a file that can be written: \(path): \(reason)"
                ))
        }
    }
}
