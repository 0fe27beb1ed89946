internal import CHwloc
internal import Platform

extension HostTopology {
    /// Which parts of hwloc may run.
    package enum Components: Sendable, CaseIterable {
        /// What Linux says, for a library: no runtime of accelerators is started in somebody else's
        /// process, and its threads are not moved from processor to processor to ask each. PCI
        /// devices have no names, and accelerators show by their PCI class. About 15 ms on a small
        /// machine.
        case fast
        /// Also CUDA, NVML, ROCm, Level Zero and OpenCL where hwloc was built with them, and the
        /// list of PCI names, for commands. About twice as long without any runtime; each runtime
        /// takes what it takes to start, often seconds.
        case complete

        /// hwloc's names. GL would connect to an X server, only to say which GPU has a display.
        var blocked: String {
            switch self {
            case .fast: "gl x86 pci cuda nvml rsmi levelzero opencl"
            case .complete: "gl"
            }
        }
    }

    /// Looks at this host, and blocks while it does.
    package static func discover(
        _ components: Components = .fast
    ) throws(TopologyError) -> HostTopology {
        // hwloc would silently look at what these name.
        for name in ["HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT", "HWLOC_CPUID_PATH"]
        where Host.environment(name) != nil {
            throw TopologyError(
                .redirected, "\(name) makes hwloc look at something else than this host",
                remedy: "unset it")
        }
        let tree = try TopologyHandle(host: components).tree()
        return HostTopology(tree: tree, host: .current(), source: .host(name: Host.name))
    }

    /// Reads a file that lstopo exported (`lstopo --of xml FILE`).
    package static func importing(path: String) throws(TopologyError) -> HostTopology {
        let bytes: [UInt8]
        do {
            bytes = try FileDescriptor.contents(of: path, limit: XMLImport.byteLimit + 1)
        } catch {
            throw TopologyError(error)
        }
        return try importing(xml: bytes, path: path)
    }

    /// The same from bytes that are in memory; `path` is only where they are said to be from.
    package static func importing(
        xml bytes: [UInt8], path: String
    ) throws(TopologyError) -> HostTopology {
        let document = try XMLImport(bytes)
        let tree = try TopologyHandle(trusted: document.text).tree()
        let hostName = tree.objects.first?.infos["HostName"]
        var survey = Survey(tree: tree, host: nil)
        guard survey.pairCount <= XMLImport.pairLimit else {
            throw TopologyError(
                .limit, "more than \(XMLImport.pairLimit) pairs of an accelerator and a NIC")
        }
        var topology = survey.topology(from: .file(path: path, hostName: hostName))
        topology.unknown += document.unknown
        return topology
    }

    init(tree: Tree, host: LiveHost?, source: Source) {
        var survey = Survey(tree: tree, host: host)
        self = survey.topology(from: source)
    }

    /// Keeps hwloc from complaining about broken firmware on standard error, and from a parser that
    /// refuses the XML of the largest machines. Only for a program that has one thread yet.
    package static func prepareProcess() {
        _ = chwloc_prepare_process()
    }
}
