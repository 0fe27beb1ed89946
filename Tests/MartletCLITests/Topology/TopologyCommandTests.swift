import Foundation
import Glibc
import Platform
import TestSupport
import Testing

@testable import MartletCLI

@Suite struct TopologyCommandTests {
    private static func machine(_ name: String) -> String {
        let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(tests)/TopologyTests/Machines/\(name).xml"
    }

    private static let mixed = machine("32em64t-2n8c2t-pci-wholeio")

    private func object(_ arguments: [String]) throws -> [String: Any] {
        let result = try RunningCommand.finished(["topology", "--json"] + arguments)
        #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test func `text shows every device and stays within a hundred columns`() throws {
        let result = try RunningCommand.finished(["topology", "--input", Self.mixed])
        #expect(result.status == 0 && result.error.isEmpty)
        for part in [
            "host: conan, from ", "32 (0-31), all allowed", "cuda0 card0", "0000:84:00.0",
            "11.2 GiB", "mlx5_0 PIX", "InfiniBand 0", "opencl0d1", "eth1", "not known",
        ] {
            #expect(result.output.contains(part), "\(part)")
        }
        #expect(result.lines.dropFirst().allSatisfy { $0.count <= 100 })
    }

    @Test func `JSON has the documented keys, and refers by index`() throws {
        let object = try object(["--input", Self.mixed])
        #expect(
            Set(object.keys) == [
                "schemaVersion", "source", "processors", "packages", "numa", "accelerators", "nics",
                "affinity", "rails", "unknown",
            ])
        #expect(object["schemaVersion"] as? Int == 1)
        let accelerators = try #require(object["accelerators"] as? [[String: Any]])
        let nics = try #require(object["nics"] as? [[String: Any]])
        #expect(accelerators.count == 4 && nics.count == 3)
        let cuda = try #require(
            accelerators.first { ($0["names"] as? [String])?.contains("cuda0") == true })
        #expect(cuda["memoryBytes"] as? Int == 11_796_032 * 1024)
        #expect(cuda["pciBusId"] as? String == "0000:84:00.0")
        #expect(cuda["pciVendorId"] as? String == "10de")
        let best = try #require(cuda["bestNic"] as? Int)
        #expect(nics[best]["openFabrics"] as? String == "mlx5_0")
        let affinity = try #require(object["affinity"] as? [[String: Any]])
        #expect(affinity.count == 12)
        let pair = affinity.first {
            $0["accelerator"] as? Int == cuda["index"] as? Int && $0["nic"] as? Int == best
        }
        #expect(pair?["path"] as? String == "PIX")
        // Absent, with a reason, and no key.
        #expect(cuda["uuid"] == nil)
        let unknown = try #require(object["unknown"] as? [[String: String]])
        #expect(unknown.contains { $0["path"] == "accelerators[2].uuid" })
    }

    /// Every path of `unknown` leads to something that is there, up to its last part, which is not.
    @Test(arguments: [[], ["--input", mixed], ["--input", machine("24em64t-2n6c2t-pci")]])
    func `what is unknown names places in the JSON`(arguments: [String]) throws {
        let object = try object(arguments)
        let unknown = try #require(object["unknown"] as? [[String: String]])
        for fact in unknown {
            let path = try #require(fact["path"])
            guard path != "file", !path.contains("=") else { continue }
            var value: Any = object
            let parts = path.split(separator: ".")
            for (position, part) in parts.enumerated() {
                let words = part.split { "[]".contains($0) }
                let members = try #require(value as? [String: Any], "\(path)")
                guard let member = members[String(words[0])] else {
                    #expect(position == parts.count - 1, "\(path)")
                    break
                }
                value = member
                if words.count > 1 {
                    let list = try #require(member as? [Any], "\(path)")
                    let index = try #require(Int(words[1]))
                    #expect(list.indices.contains(index), "\(path)")
                    value = list[index]
                } else if position == parts.count - 1 {
                    #expect((member as? [Any])?.isEmpty == true, "\(path) is known")
                }
            }
        }
    }

    @Test func `this host is shown without a complaint`() throws {
        for arguments in [["topology"], ["topology", "--fast"]] {
            let result = try RunningCommand.finished(arguments)
            #expect(result.status == 0)
            #expect(result.output.hasPrefix("host: "))
            #expect(result.error.isEmpty)
        }
    }

    @Test(arguments: [
        ("", "it is empty"), ("nonsense", "it is no XML"),
        ("<topology version=\"2.0\"><object", "the file ends too early"),
        ("<topology version=\"3.0\"/>", "version 3.0 of hwloc's XML is not one of 2"),
        ("<topology/>", "version 1 of hwloc's XML is not one of 2"),
    ])
    func `a file that is no machine gets one line and status 1`(
        text: String, complaint: String
    ) throws {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/machine.xml"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let result = try RunningCommand.finished(["topology", "--input", path])
        #expect(result.status == 1)
        #expect(result.output.isEmpty && result.errorLines.count == 1)
        #expect(result.error.hasPrefix("martlet topology: \(path): "))
        #expect(result.error.contains(complaint), "\(result.error)")
    }

    @Test func `a file that is missing gets one line`() throws {
        let result = try RunningCommand.finished(["topology", "--input", "/nonexistent.xml"])
        #expect(result.status == 1 && result.errorLines.count == 1)
        #expect(result.error.contains("open /nonexistent.xml: No such file or directory"))
    }

    @Test(arguments: [["--input", ""], ["--svg", ""], ["--inptu", "x"], ["machine.xml"]])
    func `wrong arguments get one line and status 64`(arguments: [String]) throws {
        let result = try RunningCommand.finished(["topology"] + arguments)
        #expect(result.status == 64 && result.output.isEmpty, "\(result.status)")
        #expect(result.errorLines.count == 1, "\(result.error)")
    }

    /// Who redirects into a file must not take half of it for the machine.
    @Test(arguments: [["topology"], ["topology", "--json"], ["plan", "all-reduce", "-n", "4"]])
    func `results that a full disk does not take are an error`(arguments: [String]) throws {
        let full = try FileDescriptor.open("/dev/full", flags: O_WRONLY)
        let command = try RunningCommand(arguments, output: full.rawValue)
        let result = try command.finish()
        #expect(result.status == 1 && result.errorLines.count == 1)
        #expect(result.error.contains("No space left on device"), "\(result.error)")
    }

    @Test func `hwloc is not led elsewhere`() throws {
        let result = try RunningCommand.finished(
            ["topology"], environment: ["HWLOC_XMLFILE=\(Self.mixed)"])
        #expect(result.status == 1 && result.errorLines.count == 1)
        #expect(result.error.contains("HWLOC_XMLFILE"))
    }
}
